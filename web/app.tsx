import { useEffect, useRef, useState } from "preact/hooks";
import { AskView } from "./ask/ask-view.tsx";
import { ExplanationView } from "./explanation/explanation-view.tsx";
import { HistoryView } from "./history/history-view.tsx";
import { useHoldsKey } from "./key/held-key.ts";
import { KeyDialog } from "./key/key-dialog.tsx";
import { useWish } from "./key/wanted-key.ts";
import { followLink, type Route, routeOf, useAddress } from "./router.ts";

/** The whole page: the head, and one of its views. */
export function App() {
  const address = useAddress();
  const route = routeOf(address);
  const place = address.pathname;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const [isKeyOpen, setKeyOpen] = useState(false);
  const [round, setRound] = useState(0);

  useEffect(() => {
    // After a change of view, a screen reader and the keyboard begin at its top.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [place]);

  return (
    <div class="page" onClick={followLink}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="head">
        <a class="wordmark" href="/">
          vit<span>cx</span>
        </a>
        <nav aria-label="Views">
          <a href="/" aria-current={route.view === "ask" ? "page" : undefined}>
            Explain
          </a>
          <a href="/explanations" aria-current={route.view === "history" ? "page" : undefined}>
            Past
          </a>
          <ApiOrKey onKey={() => setKeyOpen(true)} />
        </nav>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <View key={round} route={route} />
      </main>
      <KeyDialog open={isKeyOpen} onClose={() => setKeyOpen(false)} onOther={() => setRound((round) => round + 1)} />
    </div>
  );
}

/** Where a key is needed, a link to the API would lead to a refusal, since a link cannot send it. */
function ApiOrKey({ onKey }: { readonly onKey: () => void }) {
  const { wasWanted } = useWish();
  if (!useHoldsKey() && !wasWanted) return <a href="/graphql">API</a>;
  return (
    <button type="button" onClick={onKey}>
      Key
    </button>
  );
}

function View({ route }: { readonly route: Route }) {
  switch (route.view) {
    case "ask":
      return <AskView key={`${route.again} ${route.target}`} again={route.again} target={route.target} />;
    case "history":
      return <HistoryView />;
    case "explanation":
      return <ExplanationView key={route.id} id={route.id} />;
    case "nowhere":
      return <Nowhere />;
  }
}

function Nowhere() {
  return (
    <section class="plain">
      <h1>Nothing here</h1>
      <p>
        This address leads nowhere. <a href="/">Explain a photograph</a>, or look at <a href="/explanations">past ones</a>.
      </p>
    </section>
  );
}
