import { useEffect, useState } from "preact/hooks";
import "./services.css";

/** What the gateway says of itself, in the set that answers. */
export function Services() {
  const [answer, setAnswer] = useState({ state: "asking" });
  useEffect(() => {
    fetch("/maestro-gateway/version")
      .then(async (response) => {
        if (!response.ok) throw new Error(`status ${response.status}`);
        return response.json();
      })
      .then(
        (gateway) => setAnswer({ state: "answered", gateway }),
        (error) => setAnswer({ state: "failed", error: error.message }),
      );
  }, []);
  const { state, gateway, error } = answer;
  return (
    <section id="services" data-release={__RELEASE__} data-state={state}>
      <h2>Services</h2>
      <p>{gateway ? `${gateway.service} in ${gateway.set}` : (error ?? "…")}</p>
    </section>
  );
}
