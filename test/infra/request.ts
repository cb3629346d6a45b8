/** A call of AWS's API that the provider makes to create a resource. */
export interface Request {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}
