#!/usr/bin/env python3
"""How many templates of SONiC `sonicfg render` renders to the same bytes as sonic-cfggen.

    SONIC_BUILDIMAGE=DIR python3 tests/render_bench.py [CONFIG...]

DIR is a checkout of sonic-buildimage, or a bare repository of it. Its templates below `dockers` and
`files/build_templates`, Dockerfiles aside, are rendered with each CONFIG (config_db.json files; without any, those of
../shared) by `sonicfg render --strict` and by the functions of sonic-cfggen itself, which are taken from the checkout.
Where sonic-cfggen refuses a template, `sonicfg` must refuse it as well.

It needs the Python packages Jinja2 (3.1.6), netaddr (0.8.0), PyYAML and natsort. SONICFG names the program, by default
target/release/sonicfg; SONICFG_CORPUS the shared data. Without a checkout it says so and does nothing.
"""

import glob
import json
import os
import subprocess
import sys
import tempfile
import types
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SHARED = os.environ.get("SONICFG_CORPUS", os.path.join(ROOT, "../shared"))
PROGRAM = os.environ.get("SONICFG", os.path.join(ROOT, "target/release/sonicfg"))
FOLDERS = ("dockers", "files/build_templates")
CFGGEN = "src/sonic-config-engine/sonic-cfggen"

# What the templates of images are rendered with; and what their neighbors, relays and sessions are made of.
BESIDE = {
    "sonic_asic_platform": "mellanox",
    "docker_container_name": "swss",
    "shutdown_bgp_on_start": "y",
    "default_buffer_model": "dynamic",
    "enable_pfcwd_on_start": "y",
    "multi_instance": "true",
    "neighbor_addr": "10.0.0.57",
    "loopback0_ipv4": "10.1.0.32/32",
    "bgp_session": {"asn": "65200", "name": "T1", "admin_status": "up", "ip_range": ["10.1.0.0/24"], "rrclient": "0"},
    "constants": {
        "deployment_id_asn_map": {"1": "65432"},
        "bgp": {
            "traffic_shift_community": "12345:12346",
            "graceful_restart": {"enabled": True, "restart_time": 240},
            "maximum_paths": {"enabled": True, "ipv4": 64, "ipv6": 64},
            "allow_list": {"enabled": True, "drop_community": "5060:12345", "default_action": "permit"},
        },
    },
}


def unpacked(checkout, folder):
    """The templates and the renderer of a checkout or a repository, in a folder."""
    names = [*FOLDERS, CFGGEN]
    archive = subprocess.run(
        ["git", "-C", checkout, "archive", "HEAD", *names], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)


def renderer(folder):
    """The functions of sonic-cfggen between its imports and its command line."""
    import argparse, base64, contextlib, ipaddress
    from collections import OrderedDict
    from functools import partial
    from io import IOBase

    import jinja2, natsort, netaddr, yaml

    class Keys:
        @staticmethod
        def deserialize_key(key, separator="|"):
            parts = key.split(separator)
            return tuple(parts) if len(parts) > 1 else key

        @staticmethod
        def serialize_key(key, separator="|"):
            return separator.join(key) if isinstance(key, tuple) else str(key)

    text = open(os.path.join(folder, CFGGEN)).read()
    text = text[text.index("def sort_by_port_index") : text.index("def main()")]
    module = types.ModuleType("cfggen")
    module.__dict__.update(
        argparse=argparse, base64=base64, contextlib=contextlib, ipaddress=ipaddress, jinja2=jinja2, json=json,
        netaddr=netaddr, os=os, sys=sys, yaml=yaml, partial=partial, OrderedDict=OrderedDict,
        natsorted=natsort.natsorted, PY3x=True, STR_TYPE=str, FILE_TYPE=IOBase, ConfigDBConnector=Keys,
        device_info=types.SimpleNamespace(is_smartswitch=lambda: False),
    )
    exec(compile(text, CFGGEN, "exec"), module.__dict__)
    return module


def expected(module, template, config, beside, folder):
    """What sonic-cfggen prints; None where it refuses."""
    data = {}
    try:
        module._process_json(types.SimpleNamespace(json=[config]), data)
        module.deep_update(data, json.loads(json.dumps(beside)))
        paths = ["/", "/usr/share/sonic/templates", folder, os.path.dirname(template)]
        rendered = module._get_jinja2_env(paths).get_template(template).render(data)
        return (rendered + "\n").encode()
    except Exception:
        return None


def given(template, config, beside, folder):
    """What sonicfg prints; None where it refuses."""
    command = [PROGRAM, "render", template, "--strict", "--config", config, "-T", folder, "-a", json.dumps(beside)]
    done = subprocess.run(command, capture_output=True)
    return done.stdout if done.returncode == 0 else None


def main():
    checkout = os.environ.get("SONIC_BUILDIMAGE")
    if not checkout:
        print("SKIPPED: set SONIC_BUILDIMAGE to a checkout of sonic-buildimage")
        return 0
    configs = sys.argv[1:] or sorted(
        [*glob.glob(f"{SHARED}/corpus/config_db/sample*.json"), *glob.glob(f"{SHARED}/bench/*real-*/current.json")[::5]]
    )
    if not configs:
        print(f"SKIPPED: no configs in {SHARED}; name some")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        unpacked(checkout, folder)
        module = renderer(folder)
        found = [
            os.path.join(place, name)
            for top in FOLDERS
            for place, _, names in os.walk(os.path.join(folder, top))
            for name in names
            if ".j2" in name and "Dockerfile" not in name
        ]
        beside_of = os.path.join(folder, "dockers/docker-fpm-frr/frr")
        same = rendered = 0
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for template in sorted(found):
                jobs = [(template, config, beside, beside_of) for config in configs for beside in ({}, BESIDE)]
                ours = list(pool.map(lambda job: given(*job), jobs))
                theirs = [expected(module, *job) for job in jobs]
                same += ours == theirs
                rendered += any(text is not None for text in theirs)
                if ours != theirs:
                    at = next(at for at in range(len(jobs)) if ours[at] != theirs[at])
                    print(f"differs: {os.path.relpath(template, folder)} with {jobs[at][1]}")
        print(f"{same} of {len(found)} templates are the same; sonic-cfggen renders {rendered} of them")
        return 0 if same == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
