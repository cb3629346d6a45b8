import { useEffect, useState } from "preact/hooks";

/** Whether the tab is in front. One that is not need not hold a connection, of which a browser opens few to one server. */
export function useVisible(): boolean {
  const [visible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return visible;
}
