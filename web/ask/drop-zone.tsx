import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** Of the chosen photograph, where it is shown here. */
  readonly preview: string | undefined;
  readonly chosen: boolean;
  /** The share of the photograph that has been sent; undefined while nothing is. */
  readonly sent: number | undefined;
  readonly error: string | undefined;
  readonly onFile: (file: File) => void;
}

/** Takes a photograph: dropped anywhere on the page, pasted, or chosen. */
export function DropZone({ preview, chosen, sent, error, onFile }: Props) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = useRef(onFile);
  take.current = onFile;

  useEffect(() => {
    const leave = new AbortController();
    const listen = { signal: leave.signal };
    const firstOf = (files: FileList | undefined) => files?.[0] && take.current(files[0]);
    window.addEventListener("dragover", (event) => (event.preventDefault(), setOver(true)), listen);
    window.addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), listen);
    window.addEventListener(
      "drop",
      (event) => (event.preventDefault(), setOver(false), firstOf(event.dataTransfer?.files)),
      listen,
    );
    window.addEventListener("paste", (event) => firstOf(event.clipboardData?.files), listen);
    return () => leave.abort();
  }, []);

  return (
    <div class="drop-field">
      <div class={["drop-zone", over && "over", error && "wrong", preview && "filled"].filter(Boolean).join(" ")}>
        {preview && <img src={preview} alt="The chosen photograph" />}
        <div class="drop-words">
          <p class="drop-title">
            {sent !== undefined ? "Sending…" : over ? "Let go" : chosen ? "Drop another photograph" : "Drop a photograph"}
          </p>
          {sent !== undefined && sent > 0 && <progress aria-label="Sending the photograph" value={sent} max={1} />}
          <p>
            or paste one, or{" "}
            <button type="button" class="inline" onClick={() => input.current?.click()} aria-describedby="image-error image-hint">
              choose a file
            </button>
          </p>
          <p class="hint" id="image-hint">
            JPEG, PNG, WebP or AVIF. It stays on this server.
          </p>
        </div>
        <input
          ref={input}
          type="file"
          name="image"
          accept="image/jpeg,image/png,image/webp,image/avif"
          aria-label="Photograph"
          tabIndex={-1}
          class="visually-hidden"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            currentTarget.value = "";
            if (file) onFile(file);
          }}
        />
      </div>
      <p class="error" id="image-error" role="alert">
        {error}
      </p>
    </div>
  );
}
