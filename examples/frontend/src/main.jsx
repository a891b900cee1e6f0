import { render } from "preact";
import { useState } from "preact/hooks";
import "./page.css";

/** The page; the view of the services is loaded when somebody wants to see it. */
function App() {
  const [View, setView] = useState(null);
  const [problem, setProblem] = useState("");
  const open = () =>
    import("./services.jsx").then(
      (view) => setView(() => view.Services),
      (error) => setProblem(error.message),
    );
  return (
    <>
      <h1>maestro</h1>
      <p>
        Release <output id="release">{__RELEASE__}</output>
      </p>
      <button id="open" onClick={open}>
        Services
      </button>
      {problem && (
        <p id="problem" role="alert">
          {problem}
        </p>
      )}
      {View && <View />}
    </>
  );
}

render(<App />, document.getElementById("app"));
