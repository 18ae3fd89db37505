# SPDX-License-Identifier: MIT
"""Runs the commands of scripts/pipelines as the CI systems would: shards one by one, artifacts and cache as folders, the systems' variables.

usage: pipelines.py HOSTFAULT PIPELINES PROGRAM WORK
Each pipeline runs five times: with no baseline; with the baseline that the first run left; with an empty baseline, which must fail; with a file of known
findings beside the empty baseline; and with an entry in that file that no longer happens, which must fail. Exit status 77, with the reason: PyYAML is
missing.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    print("SKIPPED: PyYAML is not installed (Debian: python3-yaml)")
    sys.exit(77)

EMPTY = '{"schema": "hostfault-findings/1", "findings": []}\n'


GONE = """
- fingerprint: "nobody!nothing"
  outcome: crashed
  why: "a test: there is no such finding"
"""


class Failed(Exception):
    pass


def shell(command, folder, variables):
    """One step, as a runner runs it: bash -e, its output kept for the message."""
    environment = dict(os.environ, NO_COLOR="1")
    for name in list(environment):
        if name.startswith(("CI_NODE", "HF_SHARD", "GITHUB_", "SLURM_")):
            del environment[name]
    environment.update(variables)
    done = subprocess.run(["bash", "-e", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def want(condition, message):
    if not condition:
        raise Failed(message)


def copy(source, target):
    if os.path.isdir(source):
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif os.path.exists(source):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(source, target)


def put_allow(text, folder):
    """As a file of the repository."""
    if text is not None:
        with open(os.path.join(folder, "hostfault.allow"), "w", encoding="utf-8") as file:
            file.write(text)


class GitHub:
    """Steps of github.yml. What comes from the marketplace is done by hand: artifacts and cache are folders."""

    def __init__(self, path, program, work):
        with open(path, encoding="utf-8") as file:
            self.workflow = yaml.safe_load(file)
        self.program, self.work = program, work
        self.allow = None
        self.artifacts, self.cache = os.path.join(work, "artifacts"), os.path.join(work, "cache")

    def expand(self, text, facts):
        def fact(match):
            want(match.group(1) in facts, f"the workflow asks for {match.group(1)}, which this test does not know")
            return str(facts[match.group(1)])
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", fact, str(text))

    def step(self, step, folder, facts, failed):
        when = step.get("if", "")
        if failed and "always()" not in when:
            return None
        inputs = {name: self.expand(value, facts) for name, value in step.get("with", {}).items()}
        action = step.get("uses", "").split("@")[0]
        at = os.path.join(folder, inputs.get("path", ""))
        if action == "actions/upload-artifact":
            copy(at, os.path.join(self.artifacts, inputs["name"]) + ("" if os.path.isdir(at) else "/" + inputs["path"]))
        elif action == "actions/download-artifact":
            copy(self.artifacts, at)
        elif action == "actions/cache/restore":
            copy(self.cache, at)
        elif action == "actions/cache/save":
            copy(at, self.cache)
        elif action == "github/codeql-action/upload-sarif":
            want(os.path.exists(os.path.join(folder, inputs["sarif_file"])), "there is no SARIF file to upload")
        elif action:
            want(action == "actions/checkout", f"what does {action} do?")
        if "run" not in step or step["name"] in ("install hostfault", "build"):  # hostfault is on the path, and the program is built
            return None
        variables = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": os.path.join(folder, "summary.md"), "PROGRAM": self.program}
        variables.update({name: self.expand(value, facts) for name, value in step.get("env", {}).items()})
        return shell(self.expand(step["run"], facts), folder, variables)

    def job(self, name, folder, facts):
        os.makedirs(folder)
        put_allow(self.allow, folder)
        failed, said = False, ""
        for step in self.workflow["jobs"][name]["steps"]:
            done = self.step(step, folder, facts, failed)
            if done is not None:
                failed = failed or done[0] != 0
                said += done[1]
        return failed, said

    def run(self, turn):
        shutil.rmtree(self.artifacts, ignore_errors=True)
        shards = self.workflow["jobs"]["sweep"]["strategy"]["matrix"]["shard"]
        for index, shard in enumerate(shards):
            facts = {"strategy.job-index": index, "strategy.job-total": len(shards), "matrix.shard": shard}
            failed, said = self.job("sweep", os.path.join(self.work, f"{turn}-{shard}"), facts)
            want(not failed, said)
        folder = os.path.join(self.work, turn)
        red, said = self.job("report", folder, {"github.run_id": turn})
        with open(os.path.join(folder, "summary.md"), encoding="utf-8") as file:
            want("finding" in file.read(), "nothing of findings in the summary")
        return red, said

    def set_baseline(self, text):
        os.makedirs(self.cache, exist_ok=True)
        with open(os.path.join(self.cache, "findings.json"), "w", encoding="utf-8") as file:
            file.write(text)


class Scripts:
    """GitLab and Jenkins: a list of commands for a shard, a list for the report, in one folder; the baseline is a file of the repository."""

    def __init__(self, shard, report, shards, variables_of, program, work):
        self.shard, self.report, self.shards, self.variables_of = shard, report, shards, variables_of
        self.program, self.work, self.baseline, self.allow = program, work, None, None

    def run(self, turn):
        folder = os.path.join(self.work, turn)
        os.makedirs(folder)
        put_allow(self.allow, folder)
        if self.baseline is not None:
            with open(os.path.join(folder, "hostfault-findings.json"), "w", encoding="utf-8") as file:
                file.write(self.baseline)
        for index in range(self.shards):
            status, said = shell(self.shard, folder, {"PROGRAM": self.program, **self.variables_of(index)})
            want(status == 0, said)
        status, said = shell(self.report, folder, {"PROGRAM": self.program})
        want(os.path.exists(os.path.join(folder, "hostfault.xml")), f"no JUnit file:\n{said}")
        if self.baseline is None:
            with open(os.path.join(folder, "findings.json"), encoding="utf-8") as file:
                self.baseline = file.read()
        with open(os.path.join(folder, "hostfault.xml"), encoding="utf-8") as file:
            failures = file.read().count("<failure")
        return status != 0 or failures > 0, said

    def set_baseline(self, text):
        self.baseline = text


def gitlab(path, program, work):
    with open(path, encoding="utf-8") as file:
        jobs = yaml.safe_load(file)
    count = jobs["hostfault-sweep"]["parallel"]
    return Scripts("\n".join(jobs["hostfault-sweep"]["script"]), "\n".join(jobs["hostfault-report"]["script"]), count,
                   lambda index: {"CI_NODE_INDEX": str(index + 1), "CI_NODE_TOTAL": str(count)}, program, work)


def jenkins(path, program, work):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    shard, report = re.findall(r"sh '''(.*?)'''", text, flags=re.DOTALL)
    count = int(re.search(r"def shards = (\d+)", text).group(1))
    return Scripts(shard, report, count, lambda index: {"HF_SHARD_INDEX": str(index), "HF_SHARD_TOTAL": str(count)}, program, work)


def known_findings(program, work):
    """The file that a person starts with."""
    status, said = shell(f"hostfault sweep --quiet --results known --write-allow known.allow -- {program}", work, {})
    want(status == 1, said)
    with open(os.path.join(work, "known.allow"), encoding="utf-8") as file:
        return file.read()


def check(name, engine, known):
    red, said = engine.run("first")
    if name == "GitHub":
        want(not red, f"red without a baseline:\n{said}")
    red, said = engine.run("same")
    want(not red, f"red with findings that are known:\n{said}")
    engine.set_baseline(EMPTY)
    red, said = engine.run("new")
    want(red, f"green with a finding that is new:\n{said}")
    engine.allow = known
    red, said = engine.run("allowed")
    want(not red, f"red with findings that hostfault.allow allows:\n{said}")
    engine.allow = known.rstrip() + GONE
    red, said = engine.run("gone")
    want(red, f"green with an entry of hostfault.allow that no longer happens:\n{said}")
    print(f"{name}: no baseline, a known finding, a new finding, an allowed one, an entry that is gone: as it should be")


def main():
    tool, pipelines, program, work = sys.argv[1:]
    shutil.rmtree(work, ignore_errors=True)
    os.environ["PATH"] = os.path.dirname(os.path.abspath(tool)) + ":" + os.environ["PATH"]
    # The files set PROGRAM to a command line, so it has no space in it, whatever the tree lies in.
    link = os.path.join(tempfile.mkdtemp(prefix="hostfault-pipelines-"), os.path.basename(program))
    os.symlink(os.path.abspath(program), link)
    make = {"GitHub": (GitHub, "github.yml"), "GitLab": (gitlab, "gitlab.yml"), "Jenkins": (jenkins, "Jenkinsfile")}
    try:
        os.makedirs(work)
        known = known_findings(link, work)
        for name, (engine, file) in make.items():
            check(name, engine(os.path.join(pipelines, file), link, os.path.join(work, name)), known)
    except Failed as failure:
        print(f"FAILED: {failure}")
        sys.exit(1)
    finally:
        shutil.rmtree(os.path.dirname(link))
    print(f"{len(make)} passed, 0 failed")


main()
