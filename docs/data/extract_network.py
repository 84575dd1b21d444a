"""Write registry/data/network/*.csv from three test networks that ship with pandapower.

Run by a maintainer, not by the product:  pip install pandapower==3.5.6 && python docs/data/extract_network.py
What is source, what is computed and what is assumed: registry/data/network/README.md.

The rows are made first; a new pandapower network is then built from the rows alone and solved for the peak load, the minimum
load and the fault currents. So the files are known to be complete enough for a power flow.
"""

import csv
import gzip
import io
import json
import math
import pathlib
from typing import Any

import networkx as nx
import pandapower as pp
import pandapower.networks as networks
import pandapower.shortcircuit as sc
import pandapower.topology as topology
from network_rows import SUB_CODE, Row, Rows, path, point, service_point

TARGET = pathlib.Path(__file__).parents[2] / "registry" / "data" / "network"
# mv_oberrhein bus index -> the lv_schutterwald section with the same number; the coordinates agree within 30 m.
LV_SECTIONS = [45, 47, 71, 77, 117, 118, 119]
SUBSTATIONS = {39: "Alder Bridge", 319: "Fernhill"}  # by 20 kV busbar of mv_oberrhein
PEAK_SCALING, MINIMUM_SCALING = 0.6, 0.1  # scenarios "load" and "generation" of mv_oberrhein
GRID_SHORT_CIRCUIT_MVA = 5000.0  # assumed for the 110 kV grid; mv_oberrhein gives none
WEIR_LANE_AT = (7.9050, 48.4700)  # where the IEEE feeder, drawn in local metres, is put on the map


def medium_voltage(rows: Rows) -> None:
    """Two substations, four 20 kV feeders, 141 stations: mv_oberrhein."""
    net = networks.mv_oberrhein(scenario="load")
    bus_feeder: dict[int, str] = {}
    graph = topology.create_nxgraph(net, include_trafos=False)
    graph.remove_nodes_from(SUBSTATIONS)
    for busbar, station in SUBSTATIONS.items():
        trafo = net.trafo[net.trafo.lv_bus == busbar].iloc[0]
        rows.substations.append(
            {
                "name": station,
                "nominal_voltage_v": 20000,
                "x": f"{point(net.bus.geo[busbar])[0]:.6f}",
                "y": f"{point(net.bus.geo[busbar])[1]:.6f}",
                "transformer_rating_kva": round(trafo.sn_mva * 1000),
                "source_voltage_v": 110000,
                "source_short_circuit_mva": GRID_SHORT_CIRCUIT_MVA,
                "vk_percent": trafo.vk_percent,
                "vkr_percent": trafo.vkr_percent,
                "pfe_kw": trafo.pfe_kw,
                "i0_percent": trafo.i0_percent,
                "tap_position": int(trafo.tap_pos),
                "tap_step_percent": trafo.tap_step_percent,
                "busbar_node": f"MV-{busbar}",
                "source_key": f"mv_oberrhein trafo {trafo['name']}",
            }
        )
    feeders = sorted((min(c), c) for c in nx.connected_components(graph) if len(c) > 1)
    count = dict.fromkeys(SUBSTATIONS.values(), 0)
    for _, members in feeders:
        heads = [
            i
            for i, line in net.line.iterrows()
            if {line.from_bus, line.to_bus} & set(SUBSTATIONS) and {line.from_bus, line.to_bus} & members
        ]
        busbar = next(b for b in SUBSTATIONS if b in (net.line.from_bus[heads[0]], net.line.to_bus[heads[0]]))
        count[SUBSTATIONS[busbar]] += 1
        name = f"{SUBSTATIONS[busbar]} {count[SUBSTATIONS[busbar]]}"
        generation = net.sgen[net.sgen.bus.isin(members)].sn_mva.sum() * 1000
        rows.feeders.append(
            {
                "name": name,
                "substation": SUBSTATIONS[busbar],
                "nominal_voltage_v": 20000,
                "peak_load_kw": "",
                "minimum_load_kw": "",
                "max_fault_current_a": "",
                "source_generation_kw": round(generation),
                "head_line": f"MV-L{heads[0]}",
                "source_key": f"mv_oberrhein feeder behind line {heads[0]}",
            }
        )
        bus_feeder.update(dict.fromkeys(members, name))
    for i, bus in net.bus[net.bus.vn_kv == 20].sort_index().iterrows():
        rows.node(f"MV-{i}", 20000, point(bus.geo), bus_feeder.get(i, ""), f"mv_oberrhein {bus['name']}")
    for i, line in net.line.sort_index().iterrows():
        feeder = bus_feeder.get(line.from_bus) or bus_feeder.get(line.to_bus) or ""
        rows.line(
            net,
            i,
            f"MV-L{i}",
            (f"MV-{line.from_bus}", f"MV-{line.to_bus}"),
            feeder,
            path(line.geo),
            f"mv_oberrhein line {i}",
        )
    for i, load in net.load.sort_index().iterrows():
        if load.bus not in LV_SECTIONS:
            rows.loads.append(
                {
                    "name": f"LOAD-{i}",
                    "node": f"MV-{load.bus}",
                    "feeder": bus_feeder[load.bus],
                    "kind": "secondary station" if load.type == "MV/LV Station" else "primary customer",
                    "transformer_rating_kva": round(load.p_mw * 1000) if load.type == "MV/LV Station" else "",
                    "peak_kw": round(load.p_mw * 1000 * PEAK_SCALING, 1),
                    "peak_kvar": round(load.q_mvar * 1000 * PEAK_SCALING, 1),
                    "minimum_kw": round(load.p_mw * 1000 * MINIMUM_SCALING, 1),
                    "source_key": f"mv_oberrhein load {load['name']}",
                }
            )
    for section in networks.lv_schutterwald(separation_by_sub=True):
        number = section.trafo.name.iloc[0].removeprefix("T_idx_")
        if number.isdigit() and int(number) in LV_SECTIONS:
            low_voltage(rows, section, int(number), bus_feeder[int(number)])


def low_voltage(rows: Rows, net: Any, number: int, feeder: str) -> None:
    """One secondary transformer with its cables and houses: a section of lv_schutterwald."""
    trafo = net.trafo.iloc[0]
    name = {b: f"LV{number}-{b}" for b in net.bus.index} | {trafo.hv_bus: f"MV-{number}"}
    transformer = f"T-{number}"
    rows.transformer(
        trafo,
        transformer,
        feeder,
        (name[trafo.hv_bus], name[trafo.lv_bus]),
        point(net.bus.geo[trafo.lv_bus]),
        f"lv_schutterwald {trafo['name']}",
    )
    for i, bus in net.bus.drop(trafo.hv_bus).sort_index().iterrows():
        rows.node(name[i], 400, point(bus.geo), feeder, f"lv_schutterwald {bus['name']}")
    for i, line in net.line.sort_index().iterrows():
        rows.line(
            net,
            i,
            f"LV{number}-L{i}",
            (name[line.from_bus], name[line.to_bus]),
            feeder,
            path(line.geo),
            f"lv_schutterwald {line['name']}",
        )
    points = [
        service_point(
            net,
            load.bus,
            transformer,
            name[load.bus],
            "ABC",
            400,
            load.p_mw,
            load.q_mvar,
            MINIMUM_SCALING / PEAK_SCALING * load.p_mw,
            f"lv_schutterwald {load['name']}",
        )
        for _, load in net.load.sort_index().iterrows()
    ]
    order = [name[b] for b in nx.dfs_preorder_nodes(topology.create_nxgraph(net), trafo.lv_bus)]
    rows.addresses(order, points, f"000{SUB_CODE[feeder.rsplit(' ', 1)[0]]}{feeder[-1]}")


def european_feeder(rows: Rows) -> None:
    """One low-voltage feeder with single-phase houses on phases A, B and C: the IEEE European LV test feeder."""
    net = networks.ieee_european_lv_asymmetric("on_peak_566")
    quiet = networks.ieee_european_lv_asymmetric("off_peak_1").asymmetric_load
    x0, y0 = point(net.bus.geo[0])

    def place(xy: tuple[float, float]) -> tuple[float, float]:
        east, north = xy[0] - x0, xy[1] - y0
        return WEIR_LANE_AT[0] + east / (111320 * math.cos(math.radians(WEIR_LANE_AT[1]))), WEIR_LANE_AT[1] + north / 110574

    net.bus["geo"] = [json.dumps({"coordinates": place(point(geo))}) for geo in net.bus.geo]
    trafo, grid, feeder = net.trafo.iloc[0], net.ext_grid.iloc[0], "Weir Lane 1"
    name = {b: f"EU-{b}" for b in net.bus.index}
    rows.substations.append(
        {
            "name": "Weir Lane",
            "nominal_voltage_v": 11000,
            "x": f"{WEIR_LANE_AT[0]:.6f}",
            "y": f"{WEIR_LANE_AT[1]:.6f}",
            "transformer_rating_kva": "",
            "source_voltage_v": 11000,
            "source_short_circuit_mva": grid.s_sc_max_mva,
            "vk_percent": "",
            "vkr_percent": "",
            "pfe_kw": "",
            "i0_percent": "",
            "tap_position": "",
            "tap_step_percent": "",
            "busbar_node": name[grid.bus],
            "source_key": "ieee_european_lv_asymmetric ext_grid",
        }
    )
    rows.feeders.append(
        {
            "name": feeder,
            "substation": "Weir Lane",
            "nominal_voltage_v": 11000,
            "peak_load_kw": "",
            "minimum_load_kw": "",
            "max_fault_current_a": "",
            "source_generation_kw": 0,
            "head_line": "",
            "source_key": "ieee_european_lv_asymmetric",
        }
    )
    rows.transformer(
        trafo,
        "T-EU",
        feeder,
        (name[trafo.hv_bus], name[trafo.lv_bus]),
        point(net.bus.geo[trafo.lv_bus]),
        "ieee_european_lv_asymmetric Trafo",
    )
    for i, bus in net.bus.sort_index().iterrows():
        rows.node(
            name[i],
            bus.vn_kv * 1000,
            point(bus.geo),
            feeder,
            f"ieee_european_lv_asymmetric bus {bus['name']}",
        )
    for i, line in net.line.sort_index().iterrows():
        rows.line(
            net,
            i,
            f"EU-L{i}",
            (name[line.from_bus], name[line.to_bus]),
            feeder,
            [place(p) for p in path(line.geo)],
            f"ieee_european_lv_asymmetric {line['name']}",
        )
    points = []
    for i, load in net.asymmetric_load.sort_index().iterrows():
        phase = max("ABC", key=lambda letter: load[f"p_{letter.lower()}_mw"])
        points.append(
            service_point(
                net,
                load.bus,
                "T-EU",
                name[load.bus],
                phase,
                240,
                load[f"p_{phase.lower()}_mw"],
                load[f"q_{phase.lower()}_mvar"],
                quiet.loc[i, f"p_{phase.lower()}_mw"],
                f"ieee_european_lv_asymmetric {load['name']}",
            )
        )
    order = [name[b] for b in nx.dfs_preorder_nodes(topology.create_nxgraph(net), trafo.lv_bus)]
    rows.addresses(order, points, "00031")


def build(rows: Rows, minimum: bool) -> tuple[Any, dict[str, int]]:
    """A pandapower network from the rows alone. Single-phase loads are taken as balanced."""
    net, bus = pp.create_empty_network(), {}
    for node in rows.nodes:
        bus[node["name"]] = pp.create_bus(net, node["nominal_voltage_v"] / 1000, name=node["name"])
    for s in rows.substations:
        grid = bus[s["busbar_node"]]
        if s["transformer_rating_kva"]:
            grid = pp.create_bus(net, s["source_voltage_v"] / 1000)
            pp.create_transformer_from_parameters(
                net,
                grid,
                bus[s["busbar_node"]],
                s["transformer_rating_kva"] / 1000,
                s["source_voltage_v"] / 1000,
                s["nominal_voltage_v"] / 1000,
                s["vkr_percent"],
                s["vk_percent"],
                s["pfe_kw"],
                s["i0_percent"],
                tap_side="hv",
                tap_neutral=0,
                tap_pos=s["tap_position"],
                tap_step_percent=s["tap_step_percent"],
                tap_changer_type="Ratio",
            )
        pp.create_ext_grid(net, grid, s_sc_max_mva=s["source_short_circuit_mva"], rx_max=0.1)
    for t in rows.transformers:
        pp.create_transformer_from_parameters(
            net,
            bus[t["from_node"]],
            bus[t["to_node"]],
            t["rating_kva"] / 1000,
            t["primary_voltage_v"] / 1000,
            t["secondary_voltage_v"] / 1000,
            t["vkr_percent"],
            t["vk_percent"],
            t["pfe_kw"],
            t["i0_percent"],
            name=t["name"],
            tap_side="hv",
            tap_neutral=0,
            tap_pos=t["tap_position"],
            tap_step_percent=t["tap_step_percent"],
            tap_changer_type="Ratio",
        )
    for line in rows.lines:
        pp.create_line_from_parameters(
            net,
            bus[line["from_node"]],
            bus[line["to_node"]],
            line["length_m"] / 1000 or 1e-4,
            line["r_ohm_per_km"],
            line["x_ohm_per_km"],
            line["c_nf_per_km"],
            line["max_i_ka"],
            name=line["name"],
            in_service=not line["normally_open"],
        )
    for s in rows.service_points:
        share = s["minimum_load_kw"] / s["load_kw"] if minimum and s["load_kw"] else 1
        pp.create_load(net, bus[s["node"]], s["load_kw"] * share / 1000, s["load_kvar"] * share / 1000)
    for s in rows.loads:
        share = s["minimum_kw"] / s["peak_kw"] if minimum else 1
        pp.create_load(net, bus[s["node"]], s["peak_kw"] * share / 1000, s["peak_kvar"] * share / 1000)
    return net, bus


def compute(rows: Rows) -> None:
    for minimum, column in ((False, "peak_load_kw"), (True, "minimum_load_kw")):
        net, bus = build(rows, minimum)
        pp.runpp(net, numba=False)
        for feeder in rows.feeders:
            head = net.line.index[net.line.name == feeder["head_line"]]
            flow = (
                net.res_line.loc[head[0], ["p_from_mw", "p_to_mw"]].max()
                if len(head)
                else net.res_trafo.p_hv_mw[net.trafo.name == "T-EU"].iloc[0]
            )
            feeder[column] = round(flow * 1000, 1)
        print(
            column,
            "lowest pu",
            round(net.res_bus.vm_pu.min(), 3),
            "highest pu",
            round(net.res_bus.vm_pu.max(), 3),
            "highest line %",
            round(net.res_line.loading_percent.max(), 1),
            "transformers %",
            net.res_trafo.loading_percent.round(1).tolist(),
        )
    net, bus = build(rows, False)
    sc.calc_sc(net, case="max", ip=False, ith=False)
    amperes = {name: round(net.res_bus_sc.ikss_ka[b] * 1000) for name, b in bus.items() if net.res_bus_sc.ikss_ka.notna()[b]}
    busbars = {s["name"]: s["busbar_node"] for s in rows.substations}
    for feeder in rows.feeders:
        feeder["max_fault_current_a"] = amperes[busbars[feeder["substation"]]]
    for row, node in [(t, t["to_node"]) for t in rows.transformers] + [(s, s["node"]) for s in rows.service_points]:
        row["max_fault_current_a"] = amperes[node]


def write(name: str, table: list[Row], first: tuple[str, ...] = ()) -> None:
    columns = [*first, *(c for c in table[0] if c not in first)]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    data = text.getvalue().encode()
    (TARGET / name).write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)
    print(name, len(table), "rows", (TARGET / name).stat().st_size, "bytes", columns)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    rows = Rows()
    medium_voltage(rows)
    european_feeder(rows)
    compute(rows)
    write("substations.csv", rows.substations)
    write("feeders.csv", rows.feeders)
    write("transformers.csv", rows.transformers)
    write(
        "service_points.csv",
        rows.service_points,
        ("name", "house_number", "street", "city", "postal_code"),
    )
    write("station_loads.csv", rows.loads)
    write("nodes.csv.gz", rows.nodes)
    write("lines.csv.gz", rows.lines)


if __name__ == "__main__":
    main()
