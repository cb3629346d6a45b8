import { useEffect, useRef, useState } from "preact/hooks";

// On every view: a file that is dropped where nobody takes it would be opened in place of the page.
for (const name of ["dragover", "drop"] as const) {
  window.addEventListener(name, (event) => isForUs(event) && event.preventDefault());
}

/** Takes files that are dropped on the page or pasted into it. Whether one is held over it. */
export function useDropped(onFile: (file: File) => void, onNoFile: () => void): boolean {
  const [over, setOver] = useState(false);
  const told = useRef({ onFile, onNoFile });
  told.current = { onFile, onNoFile };

  useEffect(() => {
    const leave = new AbortController();
    const listen = { signal: leave.signal };
    const take = (data: DataTransfer | null) => (data?.files[0] ? told.current.onFile(data.files[0]) : told.current.onNoFile());
    window.addEventListener("dragover", (event) => isForUs(event) && setOver(true), listen);
    window.addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), listen);
    window.addEventListener(
      "drop",
      (event) => {
        setOver(false);
        if (isForUs(event)) take(event.dataTransfer);
      },
      listen,
    );
    window.addEventListener("paste", (event) => isForUs(event) && take(event.clipboardData), listen);
    return () => leave.abort();
  }, []);
  return over;
}

/** Text that is dropped on a field or pasted into it is the field's; a file never is. */
function isForUs(event: DragEvent | ClipboardEvent): boolean {
  const data = event instanceof DragEvent ? event.dataTransfer : event.clipboardData;
  const isInField = event.target instanceof Element && event.target.matches("input, textarea, select");
  return !isInField || (data?.types.includes("Files") ?? false);
}
