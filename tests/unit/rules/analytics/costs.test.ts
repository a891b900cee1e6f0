import { describeCost, workOutCost, type Prices } from "../../../../rules/analytics/costs";
import { workOutDora } from "../../../../rules/analytics/doraFigures";
import { renderMetrics } from "../../../../rules/analytics/doraMetrics";
import { renderPage } from "../../../../rules/analytics/doraPage";
import { NO_COMMITS, read, WINDOW } from "../../../support/deliveryEvents";

const PRICES: Prices = {
  currency: "EUR",
  memoryGigabyte: 4,
  cpu: 10,
  stacks: { production: { host: 38, backups: 4.5 } },
};
const RESERVED = {
  services: [
    { replicas: 2, memoryMegabytes: 512, cpus: 0.5 },
    { replicas: 1, memoryMegabytes: 1024, cpus: 0.25 },
  ],
  sharedMemoryMegabytes: 256,
  isIdleSetWarm: true,
};

describe("what a stack costs", () => {
  it("is what its containers may use in both sets, and what is named beside", () => {
    // A set: 2 x (0.5 GB x 4 + 0.5 x 10) + (4 + 2.5).
    const cost = workOutCost("production", PRICES, RESERVED);
    expect(cost.items).toEqual([
      { name: "serving set", amount: 20.5 },
      { name: "warm set to go back to", amount: 20.5 },
      { name: "edge and database", amount: 1 },
      { name: "host", amount: 38 },
      { name: "backups", amount: 4.5 },
    ]);
    expect(describeCost(cost)).toBe(
      "84.50 EUR a month: serving set 20.50, warm set to go back to 20.50, edge and database 1.00, host 38.00, backups 4.50",
    );
  });

  it("names nothing that costs nothing", () => {
    const cost = workOutCost("demo", PRICES, { ...RESERVED, isIdleSetWarm: false });
    expect(cost.items.map(({ name }) => name)).toEqual(["serving set", "edge and database"]);
    const free = workOutCost("demo", { ...PRICES, cpu: 0, memoryGigabyte: 0 }, RESERVED);
    expect(describeCost(free)).toBe("0.00 EUR a month");
  });

  it("is on the page and among the metrics, where there is a table of prices", () => {
    const figures = new Map([["production", workOutDora(read(), NO_COMMITS, WINDOW)]]);
    const costs = new Map([["production", workOutCost("production", PRICES, RESERVED)]]);
    expect(renderPage(figures, [], costs)).toContain("84.50 EUR a month");
    expect(renderMetrics(figures, costs)).toContain(
      'maestro_cost_per_month{stack="production",currency="EUR"} 84.5',
    );
    expect(renderMetrics(figures)).not.toContain("maestro_cost");
  });
});
