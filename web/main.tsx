import { render } from "preact";
import { App } from "./app.tsx";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/ask.css";
import "./styles/stage.css";
import "./styles/masks.css";
import "./styles/boxes.css";
import "./styles/measured.css";
import "./styles/keep.css";
import "./styles/explanation.css";
import "./styles/history.css";
import "./styles/key.css";

render(<App />, document.getElementById("app")!);
