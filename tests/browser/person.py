"""A person at a browser, and what is looked at in every page that they see."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "correct horse battery"
AXE = Path(__file__).with_name("axe.min.js")
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
WIDTHS = (390, 1280, 1920)
HEIGHT = 900
SETTLED_MS = 300
SEVERE = ("serious", "critical")
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""


class Person:
    """One browser context with one page: its console's errors, and the bytes that it loaded."""

    def __init__(self, browser: Browser, url: str, language: str, width: int) -> None:
        self.context = browser.new_context(
            base_url=url,
            locale=LOCALES[language],
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",  # a colour on its way to another one is none to judge
        )
        self.page = self.context.new_page()
        self.language, self.bytes = language, 0
        self.messages: list[str] = []
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("console", self._heard)
        network = self.context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", self._loaded)

    def sign_in(self, role: str) -> None:
        """From wherever they are sent to the form, by keyboard alone."""
        self.page.goto("/")
        self.page.keyboard.type(role)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def check(self) -> None:
        """The page at all widths and in both colours: nothing is severe, moves or juts out."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            self.page.wait_for_function("width => innerWidth === width", arg=width)
            self.page.reload()
            self.page.wait_for_timeout(SETTLED_MS)
            assert self.page.evaluate(SHIFTS) < 0.01, f"{self.page.url} moves at {width}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{self.page.url} juts out by {wide} at {width}"
            assert self.page.evaluate("document.title") != ""
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            self.page.wait_for_load_state("networkidle")
            self.page.wait_for_timeout(SETTLED_MS)
            assert self.severe() == [], f"{self.page.url} in {scheme}"
        self.page.emulate_media(color_scheme="light")

    def severe(self) -> list[str]:
        """What axe finds that keeps people out."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {node['html'][:120]}: {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in SEVERE
            for node in one["nodes"]
        ]

    def close(self) -> None:
        self.context.close()

    def _heard(self, message: Any) -> None:
        # A refusal that the page shows is an error to the console too.
        if message.type in ("error", "warning") and "the server responded with" not in message.text:
            self.messages.append(message.text)

    def _loaded(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])
