"""Where everything of one operator is: the only file that knows the names inside a home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEMO = "liuke demo"  # the command that creates, and empties, a home of its own


@dataclass(frozen=True)
class Home:
    """The folder of one operator's data, models and settings. Nothing is read or created here.

    >>> Home(Path("home")).champion.as_posix()
    'home/models/champion.json'
    """

    root: Path

    # Data: raw files in, features out.

    @property
    def raw(self) -> Path:
        """The demo's extract, as an operator's systems would deliver it."""
        return self.root / "raw"

    @property
    def raw_phones(self) -> Path:
        """The demo's file of phone numbers."""
        return self.raw / "phones.csv"

    @property
    def lake(self) -> Path:
        """Checked facts, and what is computed from them."""
        return self.root / "lake"

    @property
    def feeds(self) -> Path:
        """The facts: one folder a feed, one Parquet part an import."""
        return self.lake / "feeds"

    @property
    def imports(self) -> Path:
        """What each import did."""
        return self.lake / "imports"

    @property
    def quarantine(self) -> Path:
        """Rows that broke their feed's contract."""
        return self.lake / "quarantine"

    @property
    def histories(self) -> Path:
        """Tables computed from the feeds, so that no date reads them all."""
        return self.lake / "histories"

    @property
    def spill(self) -> Path:
        """What does not fit into memory while histories are computed."""
        return self.lake / "spill"

    @property
    def parts(self) -> Path:
        """Compiled queries of what fresh facts can change."""
        return self.lake / "parts.json"

    @property
    def queries(self) -> Path:
        """Compiled queries of the builder."""
        return self.lake / "queries"

    @property
    def topics(self) -> Path:
        """The topics of complaints, frozen."""
        return self.lake / "topics"

    def matrix(self, as_of: str) -> Path:
        """The features of all customers at one date, as `liuke build` writes them."""
        return self.lake / "matrix" / f"{as_of}.parquet"

    @property
    def truth(self) -> Path:
        """What only a simulation knows; no feature may read it."""
        return self.root / "truth"

    @property
    def oracle(self) -> Path:
        """The simulated probability of leaving, per customer and date."""
        return self.truth / "oracle.parquet"

    @property
    def evidence(self) -> Path:
        """What read-outs of campaigns say of offers, a file each time it was computed."""
        return self.lake / "evidence"

    # Models

    @property
    def models(self) -> Path:
        """The bundles of the base model, one folder a version."""
        return self.root / "models"

    @property
    def champion(self) -> Path:
        """Which version answers, and which did before."""
        return self.models / "champion.json"

    @property
    def backtest(self) -> Path:
        """What the recipe would have done at earlier dates, as the last backtest found it."""
        return self.models / "backtest.json"

    @property
    def backtest_picture(self) -> Path:
        """The same over time."""
        return self.models / "backtest.png"

    @property
    def backtests(self) -> Path:
        """What backtests found date by date, one folder a state of the data."""
        return self.lake / "backtests"

    @property
    def tables(self) -> Path:
        """The models of tables, one folder a table, one in it a version."""
        return self.root / "tables"

    def current(self, table: str) -> Path:
        """Which version of a table's model answers."""
        return self.tables / table / "current.json"

    @property
    def mlflow(self) -> Path:
        """MLflow's database, where no tracking server is configured."""
        return self.root / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        """MLflow's artifacts, where no tracking server is configured."""
        return self.root / "mlartifacts"

    # What answers

    @property
    def scores(self) -> Path:
        """Each night's scores."""
        return self.lake / "scores"

    @property
    def profiles(self) -> Path:
        """What each night was computed from, counted."""
        return self.lake / "profiles"

    @property
    def standing(self) -> Path:
        """What changed in the customers' standing at each night."""
        return self.lake / "standing"

    @property
    def results(self) -> Path:
        """What takes long to compute, until what it was computed from changes."""
        return self.lake / "results"

    @property
    def results_lock(self) -> Path:
        """Held by the process that computes results before they are requested."""
        return self.results / ".preparing"

    @property
    def latest(self) -> Path:
        """The latest night's feature rows, for the service."""
        return self.root / "latest.sqlite"

    @property
    def counter(self) -> Path:
        """What the counter needs of customers beside their features: bills and use by month."""
        return self.root / "counter.sqlite"

    @property
    def operational(self) -> Path:
        """The operational database, where no PostgreSQL is configured."""
        return self.root / "liuke.sqlite"

    @property
    def pseudonym_key(self) -> Path:
        """The key by which scientists' pseudonyms are computed; it never leaves the home."""
        return self.root / "keys" / "pseudonyms"

    @property
    def secrets(self) -> Path:
        """The keys that phone numbers are encrypted with; no database holds them."""
        return self.root / "secrets" / "keys.json"

    @property
    def erased(self) -> Path:
        """Whom no import brings back: keyed hashes of their ids."""
        return self.root / "erased.json"

    @property
    def marked(self) -> Path:
        """Which models were trained with the data of customers who were erased since."""
        return self.models / "erased.json"

    @property
    def assessments(self) -> Path:
        """Assessments of what automated decisions do to persons, kept three years."""
        return self.root / "assessments"

    @property
    def bentoml(self) -> Path:
        """BentoML's own folder."""
        return self.root / "bentoml"

    @property
    def lists(self) -> Path:
        """The demo's retention list and its receipt."""
        return self.root / "lists"

    def explanation(self, customer_id: str) -> Path:
        """The demo's picture of why one customer may leave."""
        return self.root / f"explanation-{customer_id}.png"

    # How it is run

    def own_settings(self) -> list[Path]:
        """The home's own settings, as many files as it has."""
        return sorted((self.root / "settings").glob("*.toml"))

    def settings(self, name: str) -> Path:
        """The home's own settings of a package, where it has any."""
        return self.root / "settings" / f"{name}.toml"

    @property
    def writer_lock(self) -> Path:
        """Held by the one command that writes."""
        return self.root / ".writer.lock"

    @property
    def demo_mark(self) -> Path:
        """Lies in a home that the demo created."""
        return self.root / "demo.json"
