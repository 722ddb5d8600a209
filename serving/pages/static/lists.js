"use strict";
// The budget curve: what the budget at the slider brings, and what the next unit of money would.
for (const curve of document.querySelectorAll("[data-curve]")) {
  const points = JSON.parse(curve.dataset.curve);
  const slider = curve.querySelector("[data-budget]");
  const shown = (name) => curve.querySelector(`[data-read="${name}"]`);
  const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  const most = points.at(-1)[0];

  const read = () => {
    const budget = Number(slider.value);
    const next = points.findIndex((point) => point[0] > budget);
    const [x, y, marginal] = points.at(next < 0 ? -1 : Math.max(next - 1, 0));
    const gain = next < 0 ? y : y + ((points[next][1] - y) * (budget - x)) / (points[next][0] - x);
    const isDone = budget >= Number(curve.dataset.stop);
    shown("spend").value = whole.format(budget);
    shown("gain").value = whole.format(gain);
    shown("next").value = marginal.toFixed(3);
    shown("advice").textContent = isDone ? curve.dataset.end : curve.dataset.go;
    slider.setAttribute("aria-valuetext", `${whole.format(budget)}: ${whole.format(gain)}`);
    const link = shown("link");
    if (link) link.href = curve.dataset.like + String(budget);
    curve.querySelector(".here").setAttribute("d", `M${Math.min((1000 * budget) / most, 1000).toFixed(1)} 0V400`);
  };
  slider.addEventListener("input", read);
}

// A file that was fetched changes what stands here: its receipt.
for (const link of document.querySelectorAll("[data-download]")) {
  link.addEventListener("click", () => setTimeout(() => location.reload(), 2500));
}
