// The customer page prints; on paper the tables are open.
document.querySelector("[data-print]")?.addEventListener("click", () => print());
