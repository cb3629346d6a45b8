import { useEffect, useState } from "preact/hooks";

/**
 * An address for a photograph that the browser holds; null for a file that it cannot show as one, and undefined until that is
 * known.
 */
export function usePreview(file: File | undefined): string | null | undefined {
  const [url, setUrl] = useState<string | null>();
  useEffect(() => {
    setUrl(undefined);
    if (!file) return;
    let left = false;
    const made = URL.createObjectURL(file);
    const image = new Image();
    image.src = made;
    image.decode().then(
      () => left || setUrl(made),
      () => left || setUrl(null),
    );
    return () => {
      left = true;
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return url;
}
