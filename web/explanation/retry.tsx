interface Props {
  /** What could not be fetched. */
  readonly what: string;
  /** Why not; undefined where nothing is wrong. */
  readonly error: string | undefined;
  readonly onRetry: () => void;
}

/** Says what could not be fetched, and fetches it again. It is there before anything is wrong, so that a screen reader hears of it. */
export function Retry({ what, error, onRetry }: Props) {
  return (
    <p class="error" role="alert">
      {error !== undefined && (
        <>
          {what} could not be fetched. {error}{" "}
          <button type="button" class="inline" onClick={onRetry}>
            Try again
          </button>
        </>
      )}
    </p>
  );
}
