"""Commands that are not run, held against what they name: options, targets, files, services, manifests. Each returns what is wrong."""

import contextlib
import re
from importlib.util import find_spec
from pathlib import Path

import yaml
from celery.bin.celery import celery as celery_program
from django.conf import settings
from django.core.management import CommandError, get_commands, load_command_class

from annotator.settings.env import BASE_DIR
from tests.test_docs import options_of, settings_read

OTHER_VARIABLES = {"DJANGO_SETTINGS_MODULE", "OMP_NUM_THREADS", "PYTHONPATH"}
DOCKER_OPTIONS = {"up": {"--detach", "--build", "--scale"}, "exec": set(), "build": set(), "ps": set()}
ASSIGNMENTS = re.compile(r"^((?:[A-Z][A-Z0-9_]*=(?!\$\()\S+[ ]+)+)\S", re.MULTILINE)


def check(words: list[str]) -> list[str]:
    program, *arguments = words
    checks = {
        "python": check_python,
        "make": check_make,
        "docker": check_docker,
        "kubectl": check_kubectl,
        "chown": check_chown,
    }
    return [f"{' '.join(words)}: {problem}" for problem in checks[program](arguments)]


def check_variables(script: str) -> list[str]:
    names = {found.split("=")[0] for group in ASSIGNMENTS.findall(script) for found in group.split()}
    problems = [f"{name} is no setting" for name in sorted(names - settings_read() - OTHER_VARIABLES)]
    modules = re.findall(r"DJANGO_SETTINGS_MODULE=(\S+)", script)
    return problems + [f"there is no module {module}" for module in modules if not exists(module)]


def exists(module: str) -> bool:
    with contextlib.suppress(ModuleNotFoundError):
        return find_spec(module) is not None
    return False


def check_python(words: list[str]) -> list[str]:
    if words[0] == "manage.py":
        return check_manage(words[1:])
    if words[0] != "-m":
        return [] if (BASE_DIR / words[0]).exists() else [f"there is no {words[0]}"]
    if words[1] == "celery":
        return check_celery(words[2:])
    return check_module(words[1], words[2:])


def check_manage(words: list[str]) -> list[str]:
    """Parses the arguments as manage.py would."""
    name, *arguments = words
    if name not in get_commands():
        return [f"manage.py has no {name}"]
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    try:
        parser.parse_args(arguments)
    except (CommandError, SystemExit) as error:
        return [str(error)]
    return []


def check_module(module: str, words: list[str]) -> list[str]:
    """The module is there, and its text names every option (a program of others: only that it is there)."""
    if not exists(module):
        return [f"there is no module {module}"]
    origin = Path(find_spec(module).origin)
    if BASE_DIR not in origin.parents:
        return []
    main = origin.with_name("__main__.py") if origin.name == "__init__.py" else origin
    text = main.read_text(encoding="utf8")
    return [f"{module} knows no {word}" for word in words if word.startswith("--") and f'"{word}"' not in text]


def check_celery(words: list[str]) -> list[str]:
    commands = [word for word in words if word in celery_program.commands]
    if not commands:
        return ["celery is told to do nothing that it can do"]
    parameters = [*celery_program.params, *celery_program.commands[commands[0]].params]
    known = {option for parameter in parameters for option in parameter.opts}
    problems = [f"celery knows no {word}" for word in words if word.startswith("--") and word not in known]
    if not exists(words[words.index("--app") + 1]):
        problems.append("there is no such app")
    queues = words[words.index("--queues") + 1].split(",") if "--queues" in words else []
    return problems + [f"nothing is sent to the queue {name}" for name in queues if name not in known_queues()]


def known_queues() -> set[str]:
    return {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}


def check_make(words: list[str]) -> list[str]:
    text = (BASE_DIR / "Makefile").read_text(encoding="utf8")
    variables = [word.split("=")[0] for word in words if "=" in word]
    targets = [word for word in words if "=" not in word]
    problems = [f"make has no {name}" for name in targets if not re.search(rf"^{re.escape(name)}:", text, re.MULTILINE)]
    return problems + [
        f"the Makefile reads no {name}" for name in variables if f"$({name})" not in text and f"{name} ?=" not in text
    ]


def check_docker(words: list[str]) -> list[str]:
    """`docker compose` alone: its command, options and services, and what is run inside."""
    if words[0] != "compose" or words[1] not in DOCKER_OPTIONS:
        return [f"not looked at yet: {' '.join(words[:2])}"]
    services = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text(encoding="utf8"))["services"]
    options = [word for word in words[2:] if word.startswith("--")]
    problems = (
        [f"{word} is not known" for word in options if word not in DOCKER_OPTIONS[words[1]]]
        if words[1] != "exec"
        else []
    )
    if words[1] == "exec":
        service, program, *arguments = words[2:]
        problems += [] if service in services else [f"docker-compose.yml has no {service}"]
        problems += check_python(arguments) if program == "python" else [f"not looked at yet: {program}"]
    return problems


def manifests() -> str:
    """Every line of the manifests, comments included: a name that stands in none of them is wrong."""
    return "\n".join(file.read_text(encoding="utf8") for file in sorted((BASE_DIR / "deploy/kubernetes").rglob("*.*")))


def check_kubectl(words: list[str]) -> list[str]:
    """Directories have a kustomization; namespace, secret, its keys, deployments and jobs are those of the manifests."""
    ours, _, inside = " ".join(words).partition(" -- ")
    problems = [
        f"{path} has no kustomization"
        for path in re.findall(r"--kustomize (\S+)", ours)
        if not (BASE_DIR / path / "kustomization.yaml").is_file()
    ]
    kinds = {"Deployment": r"deployment/(\S+)", "Job": r"\bjob (\S+)", "Namespace": r"namespace (\S+)"}
    for kind, pattern in kinds.items():
        problems += [
            f"the manifests have no {kind} {name}" for name in re.findall(pattern, ours) if not has_resource(kind, name)
        ]
    names = re.findall(r"secret generic (\S+)", ours)
    problems += [f"the manifests read no secret {name}" for name in names if f"secretName: {name}" not in manifests()]
    keys = re.findall(r"--from-literal=([\w-]+)=", ours)
    problems += [f"the manifests read no key {key}" for key in keys if f"key: {key}," not in manifests()]
    return problems + (check_python(inside.split()[1:]) if inside else [])


def has_resource(kind: str, name: str) -> bool:
    return (
        re.search(rf"^kind: {kind}\nmetadata:\n?.*\bname: {re.escape(name)}\b", manifests(), re.MULTILINE) is not None
    )


def check_chown(words: list[str]) -> list[str]:
    """The user is the one inside the images."""
    return (
        []
        if re.search(rf"\b{words[0]}\b", (BASE_DIR / "Dockerfile").read_text(encoding="utf8"))
        else ["not the user of the images"]
    )


def check_inline(command: str) -> list[str]:
    """Words such as FILE stand for anything there: names and options are looked at, values are not."""
    program, name, *words = command.split()
    if program == "make":
        return check_make([name, *words])
    if name not in get_commands():
        return [f"manage.py has no {name}"]
    known = options_of(load_command_class(get_commands()[name], name).create_parser("manage.py", name))
    return [f"{name} knows no {word}" for word in words if word.startswith("--") and word not in known]
