"""Who may import whom, what an import may do, and what stands in `mlflow/`."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "training", "serving")
IMPORT_BENTOML = {"serving.service", "serving.http.guarded"}
SLOW_TO_IMPORT = ("bentoml", "mlflow", "shap")

# One line a contract of .importlinter: the module that breaks it, and how.
BREACHES = {
    "features <- training": ("features/lake.py", "import training.panels"),
    "the rooms of features": ("features/windows.py", "import features.builder"),
    "histories do not import each other": (
        "features/histories/bills/billing.py",
        "import features.histories.usage",
    ),
    "no circle": ("serving/scores/latest.py", "import serving.customers.tier"),
    "features do not import models": ("features/builder/__init__.py", "import lightgbm"),
    "MLflow is imported by": ("training/churn/__init__.py", "import mlflow"),
    "BentoML is imported by": ("serving/pages/menu.py", "import bentoml"),
}


def lint_imports(folder: Path) -> str:
    """What import-linter says of the packages in `folder`, judged by the project's contracts."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    config = ["--config", str(ROOT / ".importlinter"), "--no-cache", "--no-logo"]
    return subprocess.run(
        [*command, *config], cwd=folder, capture_output=True, text=True, check=False
    ).stdout


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A small lawful house: each package has a module, and the permitted imports stand."""
    sources = {
        "features/lake.py": "",
        "features/windows.py": "",
        "features/histories/usage.py": "import features.windows",
        "features/histories/bills/billing.py": "import features.windows",
        "features/builder/__init__.py": "import features.histories.usage",
        "training/panels/__init__.py": "import features.builder",
        "training/churn/__init__.py": "import training.panels, lightgbm",
        "training/models/registry/tracking.py": "import mlflow, training.churn",
        "serving/scores/latest.py": "",
        "serving/customers/tier.py": "import serving.scores.latest",
        "serving/scoring/__init__.py": "import training.models.registry.tracking",
        "serving/http/guarded.py": "import bentoml",
        "serving/service.py": "import bentoml, serving.scoring, serving.http.guarded",
        "serving/pages/menu.py": "import serving.scoring",
    }
    folders = {folder for name in sources for folder in Path(name).parents if folder.name}
    found = [*(ROOT / "features").glob("*.py"), *(ROOT / "features").glob("*/__init__.py")]
    rooms = {path.stem if path.parent.name == "features" else path.parent.name for path in found}
    rooms = {name for name in rooms if Path("features", name) not in folders} - {"__init__"}
    sources = (
        {f"features/{name}.py": "" for name in rooms}
        | {f"{folder}/__init__.py": "" for folder in folders}
        | sources
    )
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


def test_the_contracts_let_a_lawful_house_stand(packages: Path) -> None:
    assert "7 kept, 0 broken" in lint_imports(packages)


def test_the_contracts_name_every_breach(packages: Path) -> None:
    for module, statement in BREACHES.values():
        (packages / module).write_text(statement)
    said = lint_imports(packages)
    for contract in BREACHES:
        assert any(contract in line and "BROKEN" in line for line in said.splitlines()), said


def modules() -> list[str]:
    """Every module of the packages, but for the service's, whose import is BentoML's, and the
    migrations, which Alembic runs rather than imports."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    paths = [path for path in paths if "migrations" not in path.parts]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}
    return sorted(name.removesuffix(".__init__") for name in names - IMPORT_BENTOML)


@pytest.mark.slow
def test_importing_does_nothing(tmp_path: Path) -> None:
    program = f"import importlib, threading\nfor name in {modules()}:\n    "
    program += "importlib.import_module(name)\nprint(threading.active_count())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "1\n", "an import printed something or started a thread"
    assert not list(tmp_path.iterdir()), "an import wrote a file"


@pytest.mark.parametrize("module", ["features", "training", "serving", "serving.command"])
def test_help_does_not_wait_for_slow_libraries(module: str) -> None:
    if not (ROOT / f"{module.replace('.', '/')}.py").exists() and "." in module:
        return  # nothing to wait for yet
    program = f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not set(SLOW_TO_IMPORT) & set(json.loads(done.stdout))


def test_what_reads_no_model_does_not_wait_for_its_libraries() -> None:
    """A customer, a list and the doctor's words are there two seconds sooner."""
    rooms = "serving.customers.whole, serving.retention.lists, serving.doctor.diagnosis"
    program = f"import json, sys, {rooms}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert not {"lightgbm", "sklearn", "scipy.stats", "mlflow"} & set(json.loads(done.stdout))


def test_the_mlflow_folder_holds_settings_only() -> None:
    python = [path.name for path in (ROOT / "mlflow").rglob("*") if path.suffix.startswith(".py")]
    assert not python, f"mlflow/ would hide the library of that name; move {', '.join(python)}"


def test_mlflow_is_the_library_even_in_the_project_folder() -> None:
    found = PathFinder.find_spec("mlflow", [str(ROOT), *sys.path])
    assert found is not None
    assert found.origin is not None, "mlflow/ is found as an empty package: install MLflow"
    assert not Path(found.origin).is_relative_to(ROOT / "mlflow")


def test_the_gate_is_complete_and_its_bounds_hold_the_ideal() -> None:
    registry = tomllib.loads((ROOT / "mlflow" / "registry.toml").read_text("utf-8"))
    assert set(registry) == {"experiment", "model", "aliases", "gate", "backtest"}
    assert set(registry["aliases"]) == {"champion", "challenger", "previous"}
    gate, backtest = registry["gate"], registry["backtest"]
    assert gate["calibration_slope_min"] < 1 < gate["calibration_slope_max"]
    for bars in (gate, backtest):
        assert bars["observed_over_expected_min"] < 1 < bars["observed_over_expected_max"]
    assert backtest["refuses"] is False, "chance alone makes the worst of many dates bad"


def services() -> dict[str, dict[str, Any]]:
    compose = yaml.safe_load((ROOT / "mlflow" / "compose.yaml").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_every_image_of_the_tracking_server_is_pinned() -> None:
    for name, service in services().items():
        tag = service["image"].rpartition(":")[2]
        assert any(letter.isdigit() for letter in tag), f"{name}: {service['image']} has no version"


def test_no_secret_of_the_tracking_server_has_a_default() -> None:
    for name, service in services().items():
        for key, value in service["environment"].items():
            if any(word in key for word in ("PASSWORD", "SECRET", "ACCESS_KEY_ID")):
                assert value.startswith("${"), f"{name}: {key} is written down"
                assert ":?" in value, f"{name}: {key} must be required, as in ${{NAME:?}}"


def test_the_tracking_server_alone_has_a_port_and_only_for_this_machine() -> None:
    ports = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert set(ports) == {"mlflow"}
    assert all(port.startswith("${MLFLOW_ADDRESS:-127.0.0.1}:") for port in ports["mlflow"])


def test_the_tracking_server_runs_the_version_that_is_pinned() -> None:
    pins = (ROOT / "requirements" / "runtime.txt").read_text()
    version = next(line for line in pins.splitlines() if line.startswith("mlflow==")).split()[0]
    version = version.removeprefix("mlflow==")
    assert f"mlflow:v{version}\n" in (ROOT / "mlflow" / "Dockerfile").read_text()
    assert services()["mlflow"]["image"].endswith(f":{version}")
