/** How much a folder store holds, and how much it may. */
export interface StorageUsage {
  /** Bytes on the disk of explanations and uploads. */
  readonly usedBytes: number;
  /** When these were counted. */
  readonly measuredAt: Date;
  /** Bytes that the disk has left. */
  readonly freeBytes: number;
  /** The most bytes that are kept; null without a limit. */
  readonly maxBytes: number | null;
  /** For how many days without a change an explanation is kept; null without a limit. */
  readonly keepDays: number | null;
}
