/** What a user can have done wrong, or met; GraphQL shows it as `extensions.code`. */
export type ErrorCode =
  | "BAD_REQUEST"
  | "BAD_USER_INPUT"
  | "CSRF_HEADER_MISSING"
  | "QUERY_TOO_LARGE"
  | "IMAGE_MISSING"
  | "IMAGE_TOO_LARGE"
  | "IMAGE_UNREADABLE"
  | "IMAGE_FORMAT_UNSUPPORTED"
  | "UPLOAD_UNKNOWN"
  | "MODEL_UNKNOWN"
  | "MODEL_UNUSABLE"
  | "MODEL_NOT_FINITE"
  | "CLASS_UNKNOWN"
  | "CLASS_NOT_EXPLAINED"
  | "EXPLANATION_UNKNOWN"
  | "EXPLANATION_FINISHED"
  | "EXPLANATION_UNFINISHED"
  | "STORAGE_FULL"
  | "STORAGE_UNAVAILABLE"
  | "LOG_DAMAGED"
  | "LOG_TOO_NEW"
  | "WORKER_LOST"
  | "OUT_OF_TIME"
  | "TIMED_OUT"
  | "LIMIT_EXCEEDED"
  | "QUOTA_EXCEEDED"
  | "UNAUTHENTICATED"
  | "SERVICE_UNREACHABLE"
  | "INTERNAL";

/** Whether nothing can be stored for now: whoever has work waits for it to pass, and loses nothing. */
export function isStorageError(error: unknown): error is CodedError {
  return error instanceof CodedError && (error.code === "STORAGE_FULL" || error.code === "STORAGE_UNAVAILABLE");
}

/** A failure that its user is told of: a code for programs and a sentence for people. Everything else thrown is a defect of ours. */
export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly code: ErrorCode;
  /** More for programs, which GraphQL shows beside the code. */
  readonly details: object;

  constructor(code: ErrorCode, message: string, { details = {}, ...options }: ErrorOptions & { readonly details?: object } = {}) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
