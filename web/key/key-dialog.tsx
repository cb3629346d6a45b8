import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, isKeyKnown } from "../api/graphql.ts";
import { Check } from "../ask/check.tsx";
import { described, Field } from "../ask/field.tsx";
import { forgetKey, heldKey, holdKey, isKeptForGood } from "./held-key.ts";
import { endWish, useWish } from "./wanted-key.ts";

interface Props {
  /** The user has opened it. It opens by itself when the server refuses a request. */
  readonly open: boolean;
  readonly onClose: () => void;
  /** There is another key, and nothing waited for it: what is shown may be another owner's. */
  readonly onOther: () => void;
}

/** Asks for the API key, and is the place to forget it. */
export function KeyDialog({ open, onClose, onOther }: Props) {
  const { wish } = useWish();
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = open || wish !== undefined;

  useEffect(() => {
    if (shown && !dialog.current!.open) dialog.current!.showModal();
    if (!shown) dialog.current!.close();
  }, [shown]);

  const leave = () => {
    if (wish) endWish(new ApiError("UNAUTHENTICATED", "This server answers only with an API key."));
    onClose();
  };
  const enter = () => {
    if (!endWish()) onOther();
    onClose();
  };
  return (
    <dialog ref={dialog} class="key-dialog" aria-labelledby="key-title" onCancel={(event) => (event.preventDefault(), leave())}>
      {shown && <KeyForm refused={wish?.refused ?? false} onEnter={enter} onLeave={leave} />}
    </dialog>
  );
}

interface FormProps {
  readonly refused: boolean;
  readonly onEnter: () => void;
  readonly onLeave: () => void;
}

function KeyForm({ refused, onEnter, onLeave }: FormProps) {
  const holds = heldKey() !== undefined;
  const [key, setKey] = useState("");
  const [forGood, setForGood] = useState(isKeptForGood());
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const enter = async () => {
    setError(undefined);
    setBusy(true);
    const problem = await problemOf(key.trim());
    setBusy(false);
    if (problem === undefined) {
      holdKey(key.trim(), forGood);
      return onEnter();
    }
    setError(problem);
    input.current?.focus();
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <h2 id="key-title">{holds && !refused ? "Your API key" : "This server asks for an API key"}</h2>
      <p class="lead">
        {refused
          ? "The key that this browser holds is no longer accepted. Enter another one; you go on where you are."
          : holds
            ? `This browser holds a key ${isKeptForGood() ? "until you forget it" : "until this tab is closed"}. Another one may belong to somebody else, with other explanations.`
            : "Whoever runs it hands them out. Enter yours once; you go on where you are."}
      </p>
      <Field id="key" label={holds && !refused ? "Another key" : "API key"} error={error}>
        <input
          {...described("key", error)}
          ref={input}
          type="password"
          name="key"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
          autocomplete="current-password"
          spellcheck={false}
          autofocus
        />
      </Field>
      <Check
        id="remember"
        label="Remember it in this browser"
        hint="Otherwise it is forgotten when this tab is closed. Leave it so where others use the browser, too."
        checked={forGood}
        onChange={setForGood}
      />
      <div class="key-buttons">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Asking…" : "Go on"}
        </button>
        <button type="button" onClick={onLeave}>
          {holds && !refused ? "Close" : "Not now"}
        </button>
        {holds && (
          <button
            type="button"
            onClick={() => {
              forgetKey();
              // All that is shown was of its owner.
              location.assign("/");
            }}
          >
            Forget the key
          </button>
        )}
      </div>
    </form>
  );
}

/** What is wrong with a key; undefined for one that the server knows. */
async function problemOf(key: string): Promise<string | undefined> {
  if (key === "") return "Enter the key first.";
  if (!/^[\x21-\x7e]+$/.test(key))
    return "A key has letters, digits and signs, but no spaces. Was something else copied with it?";
  try {
    return (await isKeyKnown(key)) ? undefined : "The server does not know this key. Was all of it copied?";
  } catch (error) {
    return (error as Error).message;
  }
}
