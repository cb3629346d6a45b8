import { useRef } from "preact/hooks";
import { useDropped } from "./use-dropped.ts";

interface Props {
  /** Of the chosen photograph, where it is shown here. */
  readonly preview: string | undefined;
  readonly chosen: boolean;
  /** The share of the photograph that has been sent; undefined while nothing is. */
  readonly sent: number | undefined;
  readonly error: string | undefined;
  readonly onFile: (file: File) => void;
  /** Something was dropped or pasted that holds no file. */
  readonly onNoFile: () => void;
}

/** Fingers drop nothing. */
const byFinger = matchMedia("(pointer: coarse)").matches;

/** Takes a photograph: dropped anywhere on the page, pasted, or chosen. */
export function DropZone({ preview, chosen, sent, error, onFile, onNoFile }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const over = useDropped(onFile, onNoFile);
  const choose = { type: "button", "aria-describedby": "image-error image-hint model-knows" } as const;
  const another = chosen ? "another photograph" : "a photograph";
  return (
    <div class="drop-field">
      <div
        class={["drop-zone", over && "over", error && "wrong", preview && "filled"].filter(Boolean).join(" ")}
        // The whole of it is a target for the mouse; for the keyboard it is the button in it.
        onClick={() => input.current?.click()}
      >
        {preview && <img src={preview} alt="The chosen photograph" />}
        <div class="drop-words">
          {byFinger && sent === undefined ? (
            <p>
              <button {...choose} class="primary">
                Choose {another}
              </button>
            </p>
          ) : (
            <p class="drop-title">{sent !== undefined ? "Sending…" : over ? "Let go" : `Drop ${another}`}</p>
          )}
          {sent !== undefined && sent > 0 && <progress aria-label="Sending the photograph" value={sent} max={1} />}
          {!byFinger && (
            <p>
              or paste one, or{" "}
              <button {...choose} class="inline">
                choose a file
              </button>
            </p>
          )}
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
          onClick={(event) => event.stopPropagation()}
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
