"""Write registry/data/equipment_cec_inverters.csv.gz from the inverter library that ships with pvlib.

Run by a maintainer, not by the product:  pip install pvlib==0.16.1 && python docs/data/extract_inverters.py
Deterministic: the same pvlib gives the same bytes (gzip without a timestamp).
"""

import collections
import csv
import datetime
import gzip
import io
import pathlib
import re

import pvlib

LIBRARY = pathlib.Path(pvlib.__file__).parent / "data" / "sam-library-cec-inverters-2019-03-05.csv"
TARGET = pathlib.Path(__file__).parents[2] / "registry" / "data" / "equipment_cec_inverters.csv.gz"
COLUMNS = [
    "manufacturer",
    "model",
    "voltage_v",
    "active_power_max_rating_w",
    "apparent_power_max_rating_va",
    "ac_voltage_nominal_rating_v",
    "dc_power_max_w",
    "dc_voltage_max_v",
    "dc_current_max_a",
    "certification",
    "listed_on",
    "type",
    "source_key",
]
# Spelling of legal forms: the library writes "Co - Ltd" for "Co., Ltd." and drops the full stop of "Inc.".
LEGAL_FORMS = [
    (r"\s+-\s+", ", "),
    (r"\bCo,\s*Ltd\b\.?", "Co., Ltd."),
    (r"\bInc\b\.?", "Inc."),
    (r"\bLtd\b\.?", "Ltd."),
    (r"\bCorp\b\.?", "Corp."),
    (r",\s*Incorporated", ", Incorporated"),
    (r"\bS A\b", "S.A."),
    (r"\bS\.A\. DE C V\b", "S.A. de C.V."),
    (r"\bB V\b", "B.V."),
    (r"\bCo$", "Co."),
]
# Words in the maker's own model name that mean a battery or multimode inverter. The list itself has no such field.
BATTERY_MODELS = re.compile(
    r"\bSBS\d|\bBESS|Sunny Island|\bTB\d{4}SHU|StorEdge|\bFXR|\bGS\d{4}A|\bVFXR|Radian|\bXW|\bPWS1|Powerwall|hybrid", re.I
)


def clean(text: str) -> str:
    """Drop stray question marks (lost characters in the library) and doubled spaces."""
    return re.sub(r"\s+", " ", text.replace("?", "")).strip()


def manufacturer_name(text: str) -> str:
    name = clean(text)
    for pattern, replacement in LEGAL_FORMS:
        name = re.sub(pattern, replacement, name)
    return clean(name)


def model_and_voltage(text: str) -> tuple[str, str]:
    """Split "MICRO-0.25-I-OUTD-US-208 [208V]" into the model and the voltage option in volts."""
    found = re.fullmatch(r"(.*?)\s*\[([\d.]+)\s*V\]", clean(text))
    return (found[1], found[2]) if found else (clean(text), "")


def number(text: str) -> str:
    """A positive number without trailing zeros; blank for zero, ranges and text. Unknown is blank, never 0."""
    try:
        value = float(text)
    except ValueError:
        return ""
    return f"{round(value, 3):.3f}".rstrip("0").rstrip(".") if value > 0 else ""


def iso_date(text: str) -> str:
    return "" if text in ("", "n/a") else datetime.datetime.strptime(text, "%m/%d/%Y").date().isoformat()


def row(record: dict[str, str]) -> dict[str, str]:
    maker, _, rest = record["Name"].partition(":")
    model, voltage = model_and_voltage(rest)
    return {
        "manufacturer": manufacturer_name(maker),
        "model": model,
        "voltage_v": voltage,
        "active_power_max_rating_w": number(record["Paco"]),
        "apparent_power_max_rating_va": "",
        "ac_voltage_nominal_rating_v": number(record["Vac"]),
        "dc_power_max_w": number(record["Pdco"]),
        "dc_voltage_max_v": number(record["Vdcmax"]),
        "dc_current_max_a": number(record["Idcmax"]),
        "certification": record["CEC_Type"],
        "listed_on": iso_date(record["CEC_Date"]),
        "type": "battery_inverter" if BATTERY_MODELS.search(model) else "solar_inverter",
        "source_key": record["Name"],
    }


def main() -> None:
    with LIBRARY.open(newline="", encoding="utf-8") as source:
        rows = [row(record) for record in list(csv.DictReader(source))[2:]]  # two rows of units and SAM names
    rows.sort(key=lambda r: (r["manufacturer"].lower(), r["model"].lower(), float(r["voltage_v"] or 0), r["source_key"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
    report(rows)


def report(rows: list[dict[str, str]]) -> None:
    keys = collections.Counter((r["manufacturer"].lower(), r["model"].lower(), r["voltage_v"]) for r in rows)
    print("rows", len(rows), "manufacturers", len({r["manufacturer"] for r in rows}), "bytes", TARGET.stat().st_size)
    print("certification", collections.Counter(r["certification"] for r in rows))
    print("type", collections.Counter(r["type"] for r in rows))
    print("blank AC voltage", sum(not r["ac_voltage_nominal_rating_v"] for r in rows))
    print("blank listing date", sum(not r["listed_on"] for r in rows))
    print("same manufacturer, model and voltage", {k: n for k, n in keys.items() if n > 1})
    print(
        "option differs from AC voltage",
        [r["source_key"] for r in rows if r["voltage_v"] and r["voltage_v"] != r["ac_voltage_nominal_rating_v"]],
    )


if __name__ == "__main__":
    main()
