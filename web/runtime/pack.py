"""Run inside Pyodide by build.mjs: turns wheels and sources into what a page loads.

A pack is one stream of bytes: four bytes with the length of a JSON list of [path, bytes], that
list, and the files one after the other; compressed as a whole.
"""

import ast
import importlib.util
import io
import json
import marshal
import re
import struct
import zipfile
from pathlib import Path, PurePosixPath

import compression.zstd

LEVEL = 22  # the highest: compressed once, fetched by everybody
OPTIONS = {  # one block of matches over all files; no page has to keep more than it unpacks
    compression.zstd.CompressionParameter.compression_level: LEVEL,
    compression.zstd.CompressionParameter.enable_long_distance_matching: 1,
    compression.zstd.CompressionParameter.window_log: 25,
}
# Of Python's own library: what can't work in a page, or is a tool of its own.
NOT_STDLIB = re.compile(
    r"(idlelib|tkinter|turtledemo|turtle\.|ensurepip|venv|test|lib2to3|pydoc_data|pydoc\.|_pyrepl"
    r"|multiprocessing|doctest\.|pdb\.|cProfile|profile\.|pstats|trace\.|tracemalloc\."
    r"|xmlrpc|wsgiref|mailbox|imaplib|smtplib|poplib|ftplib|nntplib|telnetlib|optparse|pickletools"
    r"|curses|dbm|sched\.|cmd\.|code\.|codeop\.|rlcompleter|webbrowser|zipapp|compileall|py_compile"
    r"|tabnanny|pyclbr|symtable|modulefinder|pty\.|tty\.|antigravity|this\.|xml/|netrc|socketserver"
    r"|http/server|_aix_support|_osx_support|_android_support|_apple_support"
    r"|_ios_support|nturl2path|ntpath|_pyio|wave\.|colorsys|fileinput|_pydecimal|_strptime_x"
    r"|concurrent/futures/(process|interpreter)|asyncio/(windows|proactor|__main__|tools)"
    r"|encodings/(?!__init__|aliases|ascii|utf_8|latin_1|cp1251|cp1252|cp437|idna|punycode|utf_16|utf_32"
    r"|unicode_escape|raw_unicode_escape|undefined|charmap))"
)
KEPT_STDLIB = {"ntpath.py", "codeop.py", "code.py"}
# Of the wheels: databases that a page can't reach, what only a whole installation uses.
NOT_PACKAGES = re.compile(
    r"(sqlalchemy/(dialects/(?!sqlite|__init__|_typing|type_migration)|testing|ext/mypy"
    r"|ext/asyncio|connectors/(pyodbc|aioodbc))|pydantic/(v1/|mypy|_internal/_git)"
    r"|fastapi/(\.agents|.*\.js$|__main__|cli)|httpx/_main|anyio/(pytest_plugin|_backends/_trio)"
    r"|_pytest/(pastebin|junitxml|stepwise|faulthandler)\.|.*\.pyi$"
    r"|.*\.(pyx|pxd|c|h|typed|toml|md|txt|css|html)$)"
)
KEPT_SOURCES = {"anyio/__init__.py"}  # parses itself, to import the rest when it is asked for
AS_IS = ("_pyodide/", "pyodide/")  # built from its docstrings
# SQLAlchemy builds texts from the docstrings of its events and refuses to start without them.
DOCUMENTED = re.compile(r"sqlalchemy/(.*events?|event/.*)\.py")
# Nobody asks for the annotations of their functions.
UNANNOTATED = re.compile(r"(sqlalchemy|_pytest|packaging|httpx|anyio|idna|starlette/middleware)/")
METADATA = re.compile(r"[^/]+\.dist-info/(METADATA|entry_points\.txt)")
LICENCE = re.compile(
    r"[^/]+\.dist-info/(licenses/)?(.*/)?(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*", re.I
)
HEAD = re.compile(r"\A.*?\n\n", re.DOTALL)


class Shorter(ast.NodeTransformer):
    """Leaves out what nobody reads in a page: texts for people, and types for type checkers."""

    def __init__(self, docstrings: bool, annotations: bool) -> None:
        self.docstrings, self.annotations = docstrings, annotations

    def _body(self, node):
        self.generic_visit(node)
        node.body = [part for part in node.body if not _is_overload(part)] or [ast.Pass()]
        first = node.body[0]
        if (
            not self.docstrings
            and isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
        ):
            if isinstance(first.value.value, str):
                first.value.value = ""  # not None: some add to the docstrings of others
        return node

    visit_ClassDef = visit_Module = _body

    def visit_FunctionDef(self, node):
        self._body(node)
        if not self.annotations:
            node.returns = None
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            for one in (*every, arguments.vararg, arguments.kwarg):
                if one:
                    one.annotation = None
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_If(self, node):
        """`if TYPE_CHECKING:` never runs."""
        self.generic_visit(node)
        if _name(node.test) == "TYPE_CHECKING":
            return node.orelse or ast.Pass()
        return node

    def visit_Call(self, node):
        """`Doc("...")` of a parameter."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Doc" and len(node.args) == 1:
            node.args = [ast.Constant("")]
        return node


def _name(node) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_overload(node) -> bool:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return isinstance(node, kinds) and any(_name(d) == "overload" for d in node.decorator_list)


def compiled(source: bytes, name: str, docstrings: bool = False, annotations: bool = True) -> bytes:
    """The bytecode file of a module, for a loader that has no source; the same at each build."""
    tree = ast.fix_missing_locations(Shorter(docstrings, annotations).visit(ast.parse(source)))
    code = compile(tree, name, "exec", dont_inherit=True, optimize=0)
    flags = struct.pack("<III", 0b01, 0, 0)  # by hash, not looked at
    return importlib.util.MAGIC_NUMBER + flags + marshal.dumps(code)


def stdlib(archive: bytes) -> bytes:
    """Python's library as one zip that is stored, not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            if name.endswith("/") or (NOT_STDLIB.match(name) and name not in KEPT_STDLIB):
                continue
            content = old.read(name)
            if name.endswith(".py"):
                asis = name.startswith(AS_IS)
                name, content = name + "c", compiled(content, f"/lib/python314.zip/{name}", asis)
            new.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def packages(wheels: list[Path], place: str) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    """The files of the wheels, modules compiled; and the licence of each."""
    files, licences = {}, []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            texts = []
            head = {}
            for name in sorted(archive.namelist()):
                if name.endswith("/"):
                    continue
                content = archive.read(name)
                if LICENCE.fullmatch(name):
                    texts.append(content.decode("utf-8", "replace"))
                if METADATA.fullmatch(name):
                    if name.endswith("METADATA"):
                        head = _head(content.decode())
                        content = f"Metadata-Version: 2.1\nName: {head['Name']}\nVersion: {head['Version']}\n".encode()
                    files[place + name] = content
                elif ".dist-info/" in name or NOT_PACKAGES.match(name):
                    continue
                elif name.endswith(".py"):
                    if name in KEPT_SOURCES:
                        files[place + name] = content
                    else:
                        keeps = bool(DOCUMENTED.match(name))
                        files[place + name + "c"] = compiled(
                            content, place + name, keeps, not UNANNOTATED.match(name)
                        )
                else:
                    files[place + name] = content
            licence = head.get("License-Expression") or head.get("License", "")
            licences.append(
                {
                    "name": head["Name"],
                    "version": head["Version"],
                    "licence": licence,
                    "text": "\n\n".join(texts),
                }
            )
    return files, licences


def _head(metadata: str) -> dict[str, str]:
    lines = (line.partition(": ") for line in HEAD.match(metadata + "\n\n")[0].splitlines())
    return {key: value for key, _, value in lines}


def pack(files: dict[str, bytes]) -> bytes:
    """One compressed stream; files that are alike lie beside each other."""
    names = sorted(files, key=lambda name: (PurePosixPath(name).suffix, name))
    header = json.dumps([[name, len(files[name])] for name in names]).encode()
    stream = struct.pack("<I", len(header)) + header + b"".join(files[name] for name in names)
    return squeezed(stream)


def squeezed(content: bytes) -> bytes:
    """As small as it gets."""
    return compression.zstd.compress(content, options=OPTIONS)


def base(folder: str) -> str:
    """Python itself and the packages; the licences of the packages as JSON."""
    root = Path(folder)
    (root / "python.wasm.zst").write_bytes(squeezed((root / "in/pyodide.asm.wasm").read_bytes()))
    (root / "python.mjs.zst").write_bytes(squeezed((root / "in/pyodide.asm.mjs").read_bytes()))
    files, licences = packages(
        sorted((root / "wheels").glob("*.whl")), "/lib/python3.14/site-packages/"
    )
    library = stdlib((root / "in/python_stdlib.zip").read_bytes())
    (root / "library.zst").write_bytes(squeezed(library))
    (root / "packages.zst").write_bytes(pack(files))
    files["stdlib.zip"] = library
    sizes = {}
    for name, content in files.items():
        top = name.removeprefix("/lib/python3.14/site-packages/").split("/")[0]
        sizes[top] = sizes.get(top, 0) + len(content)
    (root / "sizes.json").write_text(
        json.dumps(dict(sorted(sizes.items(), key=lambda pair: -pair[1])), indent=1)
    )
    return json.dumps(licences)


def course(folder: str, target: str) -> None:
    """The judge and the course, from a folder that build.mjs filled."""
    root, files = Path(folder), {}
    for path in sorted(root.rglob("*")):
        if path.is_file():
            name = "/" + path.relative_to(root).as_posix()
            content = path.read_bytes()
            if name.startswith("/lib/") and name.endswith(".py"):
                files[name + "c"] = compiled(content, name)
            else:
                files[name] = content
    Path(target).write_bytes(pack(files))
