"""Tests of ``matinee train``, ``retrain``, ``rollback``, and how hyper-parameters are given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import matinee
from matinee.cli.params import parse_settings, parse_value, read_config
from matinee.errors import FormatError, ParameterError
from matinee.evaluation.figures import read_figures
from matinee.models.bias import Bias
from matinee.models.publishing import current_path, published
from matinee.store import Store

DEFAULTS = {"factors": 50, "rate": 0.1, "by": "mean", "fast": False, "layers": (10, 5), "cap": None}


# -- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("factors=64", 64),
        ("factors=64.0", 64),
        ("factors=1e2", 100),
        ("rate=1", 1.0),
        ("rate=1e-3", 0.001),
        ("by=count", "count"),
        ("by=a=b", "a=b"),
        ("fast=yes", True),
        ("fast=False", False),
        ("layers=100,50", (100, 50)),
        ("layers=(100,)", (100,)),
        ("cap=7", 7),
        ("cap=0.5", 0.5),
        ("cap=none", None),
        ("cap=true", True),
        ("cap=word", "word"),
    ],
)
def test_setting_has_the_type_of_its_default(text: str, value: object) -> None:
    found = parse_settings([text], DEFAULTS, "m")[text.partition("=")[0]]
    assert found == value
    assert type(found) is type(value)


@given(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back_as_written(whole: int, number: float) -> None:
    assert parse_value("k", str(whole), 1) == whole
    assert parse_value("k", repr(number), 1.0) == number


def test_dashes_stand_for_underscores() -> None:
    assert parse_settings(["half-life=3"], {"half_life": 1.0}, "m") == {"half_life": 3.0}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["factors"], "'factors' is not of the form name=value"),
        (["=3"], "is not of the form name=value"),
        (["factors=many"], "factors is a whole number, not 'many'"),
        (["rate=high"], "rate is a number, not 'high'"),
        (["fast=maybe"], "fast is true or false, not 'maybe'"),
        (["rate=1", "rate=2"], "rate is set twice"),
        (["factors=__import__('os')"], "factors is a whole number"),
    ],
)
def test_setting_of_another_form(texts: list[str], said: str) -> None:
    with pytest.raises(typer.BadParameter) as caught:
        parse_settings(texts, DEFAULTS, "m")
    assert said in caught.value.message


def test_unknown_setting_names_the_known_ones() -> None:
    with pytest.raises(ParameterError, match=r"'factor'\. Did you mean 'factors'"):
        parse_settings(["factor=3"], DEFAULTS, "m")


def test_read_config(tmp_path: Path) -> None:
    path = tmp_path / "best.toml"
    path.write_text(
        'model = "mlp"\n[params]\nlayers = [100, 50]\nrate = 0.5\n[tuned]\nndcg = 0.4\n'
    )
    assert read_config(path) == ("mlp", {"layers": (100, 50), "rate": 0.5})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model = ", "is not TOML"),
        ('model = "ease"\n', r"no table \[params\]"),
        ("model = 3\n[params]\n", "model must be a name in quotes, got 3"),
    ],
)
def test_config_of_another_form(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "best.toml"
    path.write_text(text)
    with pytest.raises(FormatError, match=said):
        read_config(path)


# -- training -------------------------------------------------------------------------------------


def test_train_writes_a_model_and_says_what_to_do_with_it(run: Any, tmp_path: Path) -> None:
    out = tmp_path / "new" / "model"
    result = run("train", "bias", "--out", str(out), "--set", "iterations=3")
    assert result.exit_code == 0
    assert "bias has learned from 100,003 ratings of 671 people" in result.stdout
    assert f"--model {out}" in result.stdout
    assert "needs about" in result.stderr
    model = matinee.load_model(out)
    assert model.params["iterations"] == 3
    assert run("recommend", "Heat=3", "--model", str(out)).exit_code == 0


def test_train_json(document: Any, tmp_path: Path, own_ratings: Path) -> None:
    out = tmp_path / "model"
    found = document("train", "bias", "--data", str(own_ratings), "--out", str(out))
    assert found["model"] == "bias"
    assert found["path"] == str(out)
    assert found["trained_on"]["ratings"] == 48
    assert Path(found["trained_on"]["source"]).is_absolute()
    assert found["params"] == matinee.load_model(out).params


def test_training_again_replaces_the_model(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    words = ["train", "--data", str(own_ratings), "--out", str(tmp_path / "model")]
    assert run(*words, "bias").exit_code == 0
    assert run(*words, "popular").exit_code == 0
    assert matinee.load_model(tmp_path / "model").name == "popular"


def test_model_without_a_place_becomes_ones_own(run: Any, document: Any, own_ratings: Path) -> None:
    assert run("train", "popular", "--data", str(own_ratings)).exit_code == 0
    found = document("recommend", "The Film 1=4", "-n", "2")
    assert found["model"] == "popular"
    assert {item["title"].split()[0] for item in found["items"]} == {"The"}
    assert document("doctor")["own_model"]["trained_on"] == "mine"


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained, although there is no place for the result")

    monkeypatch.setattr(Bias, "fit", refuse)


@pytest.mark.usefixtures("no_training")
def test_place_is_checked_before_the_work(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("something")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("something")
    for place, said in (
        ("file", "is a file; a model needs a directory of its own"),
        ("file/below", "cannot be written to; choose another place for --out"),
        ("full", "holds something else; choose another path"),
    ):
        result = run("train", "bias", "--out", str(tmp_path / place))
        assert result.exit_code == 1
        assert said in result.stderr
    assert (tmp_path / "full" / "letter.txt").read_text() == "something"


@pytest.mark.usefixtures("no_training")
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("boas",), 1, "no model 'boas'. Did you mean 'bias'?"),
        (("bias", "--set", "iteration=3"), 1, "Did you mean 'iterations'?"),
        (("bias", "--set", "iterations=many"), 2, "iterations is a whole number, not 'many'"),
        (("bias", "--config", "no.toml"), 1, "no.toml: No such file or directory"),
        (("bias", "--curves", "x.txt"), 1, "must end in .png, .svg or .pdf"),
        (("bias", "--curves", "no/x.png"), 1, "its folder does not exist"),
    ],
)
def test_mistakes_are_told_before_the_work(
    run: Any, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    result = run("train", *words, "--out", str(tmp_path / "model"))
    assert result.exit_code == code
    assert said in result.stderr


def test_config_names_the_model_and_set_stands_above_it(
    document: Any, run: Any, tmp_path: Path, own_ratings: Path
) -> None:
    config = tmp_path / "best.toml"
    config.write_text('model = "popular"\n[params]\nby = "count"\ndamping = 3\n')
    words = ["--config", str(config), "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    found = document("train", *words, "--set", "damping=4")
    assert found["model"] == "popular"
    assert (found["params"]["by"], found["params"]["damping"]) == ("count", 4.0)
    result = run("train", "bias", *words)
    assert result.exit_code == 1
    assert "is for the model 'popular', not for 'bias'" in result.stderr


def test_preset_stands_below_set(
    document: Any, run: Any, tmp_path: Path, own_ratings: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Bias, "presets", {"quick": {"iterations": 1, "movie_damping": 3.0}})
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    found = document(*words, "--preset", "quick", "--set", "iterations=2")
    assert (found["params"]["iterations"], found["params"]["movie_damping"]) == (2, 3.0)
    assert "--preset quick: iterations=1, movie_damping=3" in run("models", "bias").stdout
    result = run(*words, "--preset", "quack")
    assert result.exit_code == 1
    assert "'quick'" in result.stderr


def test_seed_of_a_model_without_chance(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    result = run(*words, "--seed", "3")
    assert result.exit_code == 0
    assert "note: bias leaves nothing to chance, so --seed changes nothing" in result.stderr


def test_seed_is_random_state(
    document: Any, tmp_path: Path, own_ratings: Path, monkeypatch: Any
) -> None:
    seeded = type("Bias", (Bias,), {"__init__": _seeded_init})
    monkeypatch.setattr("matinee.models.bias.Bias", seeded)
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    assert document(*words, "--seed", "7")["params"]["random_state"] == 7


def _seeded_init(self: Bias, *, random_state: int = 0) -> None:
    Bias.__init__(self)
    self.random_state = random_state  # type: ignore[attr-defined]


def test_seed_twice(run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    seeded = type("Bias", (Bias,), {"__init__": _seeded_init})
    monkeypatch.setattr("matinee.models.bias.Bias", seeded)
    result = run("train", "bias", "--seed", "7", "--set", "random_state=3")
    assert result.exit_code == 2
    assert "random_state is set as well" in result.stderr


def test_bad_rows(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    with (own_ratings / "ratings.csv").open("a") as stream:
        stream.write("99,11,lots,100\n")
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    result = run(*words)
    assert result.exit_code == 1
    assert "line 50" in result.stderr
    assert not (tmp_path / "m").exists()
    result = run(*words, "--skip-bad-rows")
    assert result.exit_code == 0
    assert "not a number" in result.stderr


# -- loss curves ----------------------------------------------------------------------------------


def test_curves_of_a_model_that_has_them(
    run: Any, tmp_path: Path, own_ratings: Path, monkeypatch: Any
) -> None:
    fit = Bias._fit

    def with_history(self: Bias, *arguments: Any) -> None:
        fit(self, *arguments)
        self.history = [{"epoch": e, "train_loss": 1 / e, "valid_loss": 2 / e} for e in (1, 2, 3)]

    monkeypatch.setattr(Bias, "_fit", with_history)
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    for name, start in (("c.png", b"\x89PNG"), ("c.svg", b"<?xml"), ("c.pdf", b"%PDF")):
        result = run(*words, "--curves", str(tmp_path / name))
        assert result.exit_code == 0, result.output
        assert (tmp_path / name).read_bytes().startswith(start)


def test_curves_of_a_model_without_them(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    words = ["train", "popular", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    result = run(*words, "--curves", str(tmp_path / "c.png"))
    assert result.exit_code == 1
    assert "has no loss curve" in result.stderr
    assert not (tmp_path / "c.png").exists()
    assert matinee.load_model(tmp_path / "m").name == "popular"


# -- checkpoints ----------------------------------------------------------------------------------


def test_a_checkpoint_is_kept_and_gone_on_from(
    document: Any, tmp_path: Path, own_ratings: Path
) -> None:
    pytest.importorskip("torch", reason="networks are trained with the extra 'neural'")
    words = ["train", "dot", "--data", str(own_ratings), "--set", "epochs=2", "--set", "factors=4"]
    state = tmp_path / "state"
    kept = document(*words, "--out", str(tmp_path / "a"), "--checkpoint", str(state))
    assert any(state.iterdir())
    again = document(*words, "--out", str(tmp_path / "b"), "--checkpoint", str(state))
    alone = document(*words, "--out", str(tmp_path / "c"))
    assert kept["version"] == again["version"] == alone["version"]


def test_other_models_keep_no_checkpoint(run: Any, tmp_path: Path, own_ratings: Path) -> None:
    words = ["train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m")]
    result = run(*words, "--checkpoint", str(tmp_path / "state"))
    assert result.exit_code == 1
    assert "bias cannot keep checkpoints; these can: dot, mlp" in result.stderr
    assert not (tmp_path / "m").exists()


def test_manifest_is_what_json_says(document: Any, tmp_path: Path, own_ratings: Path) -> None:
    found = document("train", "bias", "--data", str(own_ratings), "--out", str(tmp_path / "m"))
    manifest = json.loads((tmp_path / "m" / "manifest.json").read_text())
    assert found["version"] == manifest["version"]
    assert found["bytes"] == sum(entry["bytes"] for entry in manifest["files"].values())


# -- what stands beside a model --------------------------------------------------------------------


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Too few people to hold some of them out."""
    path = tmp_path / "few.csv"
    path.write_text("user,movie,rating,timestamp\n1,10,4,1\n1,20,3,2\n2,20,5,3\n2,10,1,4\n")
    return path


def test_figures_are_measured_and_published_with_the_model(run: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = run("train", "popular", "--publish", "--measure", "--out", str(root))
    assert done.exit_code == 0, done.output
    figures = read_figures(current_path(root))
    assert figures is not None
    assert figures.people == 65
    assert figures.dataset == "sample"
    assert done.stdout.startswith(
        "Measured on 65 people that such a model had not seen: "
        f"ndcg@10 {figures.metrics['ndcg@10']:.4f}, "
    )


def test_retraining_measures_with_the_people_of_the_store(run: Any, tmp_path: Path) -> None:
    root = tmp_path / "root"
    done = run(
        *("retrain", "popular", "--measure", "--root", str(root)),
        *("--store", str(tmp_path / "people.db"), "--json"),
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["figures"]
    figures = read_figures(current_path(root))
    assert figures is not None
    assert json.loads(json.dumps(figures.to_dict())) == told


def test_figures_lie_beside_a_model_that_is_not_published_too(
    document: Any, tmp_path: Path
) -> None:
    told = document("train", "popular", "--measure", "--out", str(tmp_path / "model"))
    assert set(told["figures"]["metrics"]) == {"ndcg@10", "precision@10", "recall@20"}
    assert read_figures(tmp_path / "model") is not None
    without = document("train", "popular", "--out", str(tmp_path / "other"))
    assert without["figures"] is None
    assert read_figures(tmp_path / "other") is None


def test_nothing_is_published_where_nothing_can_be_measured(
    run: Any, few: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    words = ("train", "popular", "--publish", "--out", str(root), "--data", str(few))
    assert run(*words).exit_code == 0
    done = run(*words, "--measure")
    assert done.exit_code == 1
    assert "error: " in done.stderr
    assert len(published(root)) == 1


def test_ctrl_c_while_it_measures_leaves_what_was_published(
    run: Any, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    words = ("train", "popular", "--publish", "--out", str(root), "--data", str(few))
    assert run(*words).exit_code == 0

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("matinee.cli.train.measure", interrupted)
    done = run(*words, "--measure")
    assert done.exit_code == 130
    assert "interrupted; what was there before is unchanged" in done.stderr
    assert len(published(root)) == 1
    assert not list(root.rglob(".new.*"))


# -- published models ------------------------------------------------------------------------------


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's store is; it holds one person with two ratings, one of an unknown film."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(path))
    with Store() as store:
        store.rate(1, 10, 5.0)
        store.rate(1, 404, 5.0)
    return path


@pytest.mark.usefixtures("people")
def test_retrain_learns_from_people_and_rollback_goes_back(
    run: Any, document: Any, tmp_path: Path, few: Path
) -> None:
    root = tmp_path / "published"
    words = ("--data", str(few), "--root", str(root))
    train = ("train", "popular", "--data", str(few), "--publish", "--out", str(root))
    assert run(*train).exit_code == 0
    first = current_path(root)
    made = document("retrain", *words)
    assert (made["model"], made["people"], made["people_ratings"]) == ("popular", 1, 1)
    assert (made["unknown_ratings"], made["trained_on"]["users"]) == (1, 3)
    assert Path(made["path"]) == current_path(root) != first
    assert "→" in run("rollback", "--root", str(root), "--list").stdout
    assert run("rollback", "--root", str(root)).exit_code == 0
    assert current_path(root) == first
    assert "no version before" in run("rollback", "--root", str(root)).stderr
    again = run("retrain", *words)
    assert "1 of them from the store (1 ratings)" in again.stdout
    assert "1 ratings of films that" in again.stderr
    assert len(published(root)) == 3


def test_nothing_is_trained_for_a_place_that_cannot_be_published_to(
    run: Any, tmp_path: Path, few: Path
) -> None:
    model = str(tmp_path / "model")
    assert run("train", "popular", "--data", str(few), "--out", model).exit_code == 0
    refused = run("retrain", "--data", str(few), "--root", model)
    assert refused.exit_code == 1
    assert "is a model directory; publish to another" in refused.stderr
    empty = run("rollback", "--root", str(tmp_path / "absent"), "--list")
    assert "nothing is published" in empty.stderr
