"""The site: what a reader gets without JavaScript, and what it must not ask of other hosts."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from site_room import Published, build, dressed, translate

from yielddb.catalogue import Course
from yielddb.problems import Problems
from yielddb.site import links, proof, reference, search, styles
from yielddb.site.languages import CODES, TEMPLATES, table


@pytest.fixture
def site(toy_site: Published) -> Path:
    return toy_site.folder


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text without scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.hushed = 0
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def head(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """The tags of that name with these attributes."""
        pairs = wanted.items()
        return [a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in pairs)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hushed += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hushed -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hushed:
            self.words.append(data)


def problems_of(course: Course, out: Path) -> str:
    """What the build complains of, with paths inside the course."""
    with pytest.raises(Problems) as caught:
        build(course, out)
    return f"{caught.value}\n".replace(f"{course.root}/", "")


# --- lessons


def test_progress_is_told(toy_site: Published) -> None:
    """Whoever waits hears of each lesson, misconception and language."""
    said = toy_site.said
    assert said[:2] == ("01_hello", "02_count")
    assert "misconception 1 of" in said[2]
    assert said[-3:] == tuple(f"pages to HTML: {code}" for code in CODES)


def test_the_first_page_is_computed(site: Path) -> None:
    """Each lesson is there with title, goal and minutes, in order."""
    page = Page(site / "en/index.html")
    assert "1 Hello Answer one request. 5 minutes 2 Count Keep what you are given." in page.text
    assert '<a href="lessons/hello/">' in page.source


def test_a_lesson_offers_its_notebook(site: Path) -> None:
    """The link downloads a notebook that is there, and the command names the lesson."""
    page = Page(site / "en/lessons/count/index.html")
    link = next(attrs for tag, attrs in page.tags if tag == "a" and "download" in attrs)
    assert (site / "en/lessons/count" / str(link["href"])).resolve().exists()
    assert "yielddb check 2" in page.text


def test_all_answers_are_there_without_javascript(site: Path) -> None:
    """Outputs, recorded runs and starters are plain HTML; answers have a page of their own."""
    text = Page(site / "en/lessons/count/answers/index.html").text
    for words in (
        "No. Count again.",
        "Right. Two and two.",
        "db.flush() does not belong. A flush does not last.",
        "Answer /hello",
    ):
        assert words in text
    text = Page(site / "en/lessons/count/index.html").text
    for words in (
        "What it prints 4",
        "no such step",
        "Nobody committed.",
        "# YOUR CODE: store the note and answer with its id",
        "Step Out Transaction",
        "request POST /notes",
    ):
        assert words in text


def test_the_recorded_run_is_a_real_one(site: Path) -> None:
    """The statement and the answer come from the solution of the lesson."""
    page = Page(site / "en/lessons/count/index.html")
    assert "INSERT INTO notes" in page.text
    assert 'response 201 {"id":1}' in page.text
    assert page.head("yielddb-trace")


def test_the_contract_is_the_docstrings_of_the_checks(site: Path) -> None:
    """Each visible check stands in the table with its points."""
    page = Page(site / "en/lessons/count/index.html")
    assert "What the check looks at" in page.text
    assert 'a note is there for a second connection {"kept": true} 1' in page.text


def test_no_markup_leaks(site: Path) -> None:
    """No attribute or fence of the source is left in a page."""
    for path in site.rglob("index.html"):
        page = Page(path)
        for leak in ("markdown=", "```", "{ .lead", "{ #", "code-cell", "{%", "{{"):
            assert leak not in page.source, (path, leak)


def test_nothing_is_fetched_from_elsewhere(toy_site: Published) -> None:
    """Scripts, styles, images and fonts all come from the site itself."""
    for path in toy_site.folder.rglob("*.html"):
        for tag, attrs in Page(path).tags:
            if tag == "a" or attrs.get("rel") == "canonical":
                continue
            for value in (attrs.get("src"), attrs.get("href")):
                assert not re.match(r"(https?:)?//", value or ""), (path, tag, value)
    for path in toy_site.folder.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", path.read_text("utf-8")), path


def test_ids_are_unique(site: Path) -> None:
    """No two elements of a page share an id, blocks and headings included."""
    for path in site.rglob("index.html"):
        ids = [attrs["id"] for _, attrs in Page(path).tags if attrs.get("id")]
        assert len(ids) == len(set(ids)), path


def test_every_page_has_a_title_and_a_description_of_its_own(site: Path) -> None:
    """No two pages of a language share a title, and none is without a description."""
    for code in CODES:
        pages = [Page(path) for path in (site / code).rglob("index.html")]
        titles = [re.search(r"<title>(.+?)</title>", page.source) for page in pages]
        names = [title[1] for title in titles if title]
        assert len(set(names)) == len(pages)
        for page in pages:
            assert page.head("meta", name="description")[0]["content"]


# --- misconceptions, reference, proof


def test_a_misconception_shows_the_mistake_and_the_verdict(site: Path) -> None:
    """The page has the wrong line and the right one, and what the check says."""
    page = Page(site / "en/misconceptions/flush-is-commit/index.html")
    for words in ("-", "+", "sent", "came back", "contract", "Where you meet it"):
        assert words in page.text
    assert "db.flush()" in page.text
    assert page.text.count('second connection {"kept": true}') == 2
    assert 'href="../../lessons/count/#' in page.source


def test_every_misconception_has_a_page_and_a_line_in_the_index(toy_site: Published) -> None:
    """The index links each of them once, under the lesson where it is met first."""
    index = Page(toy_site.folder / "en/misconceptions/index.html")
    for key in toy_site.course.misconceptions:
        assert len(index.head("a", href=f"{key}/")) == 1
        assert (toy_site.folder / f"en/misconceptions/{key}/index.html").is_file()


def test_the_reference_knows_every_command(site: Path) -> None:
    """Commands and options are those of the parser, those below `dev` too."""
    text = Page(site / "en/reference/commands/index.html").text
    for words in ("yielddb check", "yielddb dev move", "--require-isolation LEVEL", "--jobs <int"):
        assert words in text


def test_the_reference_knows_the_fixtures(site: Path) -> None:
    """Fixtures and helpers come with their docstrings."""
    text = Page(site / "en/reference/checks/index.html").text
    assert "client" in text
    assert "expect(response, *statuses, says)" in text
    assert "Give the response back if its status is one of" in text


def test_the_levels_of_isolation_are_those_of_the_sandbox(site: Path) -> None:
    """The table for instructors names each level and each layer."""
    text = Page(site / "en/teaching/index.html").text
    assert "limits only: protects from accidents, not from people" in text
    assert "Landlock" in text


def test_a_schema_becomes_a_table(tmp_path: Path) -> None:
    """Members, also of lists and of definitions, with their types and meanings."""
    schema = {
        "title": "A shelf",
        "description": "What lies on it.",
        "properties": {
            "schema": {"const": "shelf/1"},
            "status": {"enum": ["open", "shut"], "description": "Now."},
            "things": {"type": "array", "items": {"$ref": "#/$defs/thing"}},
            "owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "rest": {},
        },
        "$defs": {"thing": {"type": "object", "properties": {"name": {"type": ["string"]}}}},
    }
    (tmp_path / "shelf.json").write_text(json.dumps(schema), "utf-8")
    (found,) = reference.schemas(tmp_path)
    assert (found.title, found.says) == ("A shelf", "What lies on it.")
    assert [(row.path, row.type, row.says) for row in found.rows] == [
        ("schema", '"shelf/1"', ""),
        ("status", '"open", "shut"', "Now."),
        ("things", "array", ""),
        ("things[].name", "string", ""),
        ("owner", "string or null", ""),
        ("rest", "any", ""),
    ]


def test_the_proof_counts_what_a_clone_has(tmp_path: Path) -> None:
    """Apps by kind, verdicts, mutants, attacks and measured figures are read, not copied."""
    course = Course(tmp_path)
    assert proof.proof(course) == proof.Proof(None, (), {}, {})
    for folder in (course.zoo.parent, course.benchmarks, course.attacks / "reaching"):
        folder.mkdir(parents=True)
    course.zoo.write_text(
        "apps:\n"
        "- {kind: right, expect: {hello: passes, count: passes}}\n"
        "- {kind: wrong, expect: {hello: {check: greets, misconception: a-b}}}\n"
    )
    (course.benchmarks / "mutants.md").write_text("| a | b |\n| all | 3 | 2 | 1 |\n")
    (course.benchmarks / "figures.json").write_text('{"apps a second": 14}')
    (course.attacks / "reaching" / "tcp.py").write_text('"""Calls\nout.\n\nMore."""\n')
    (course.attacks / "reaching" / "tools.py").write_text("import os\n")
    found = proof.proof(course)
    assert found.zoo == proof.Zoo({"right": 1, "wrong": 1}, 3, 1)
    assert found.mutants == (("all", "3", "2", "1"),)
    assert found.attacks == {"reaching": ("Calls out.",)}
    assert found.figures == {"apps a second": 14}


# --- languages


def test_every_word_is_there_in_every_language() -> None:
    """The one table has no gap, and no word that no template uses."""
    sources = "".join(
        path.read_text("utf-8")
        for folder in (TEMPLATES, TEMPLATES.parent / "answers")
        for path in folder.rglob("*")
        if path.suffix in (".md", ".html")
    )
    code = Path(links.__file__).parent
    sources += "".join(path.read_text("utf-8") for path in code.glob("*.py"))
    for key, words in table().items():
        assert sorted(words) == sorted(CODES), key
        assert all(words.values()), key
        assert re.search(rf"\b{key}\b", sources), f"nobody uses {key}"


def test_a_translation_takes_the_place_of_the_english_text(site: Path) -> None:
    """Texts, answers and our own words are Ukrainian; code, output and anchors are the same."""
    page = Page(site / "uk/lessons/hello/index.html")
    english = Page(site / "en/lessons/hello/index.html")
    for words in ("Урок 1 Вітання", "Hello town"):
        assert words in page.text
    answers = Page(site / "uk/lessons/hello/answers/index.html")
    for words in ("Ні. Це 404.", "Так. На запит відповіли."):
        assert words in answers.text
    assert not page.head("div", role="note")
    anchors = [[a["id"] for t, a in p.tags if t in ("h2", "section")] for p in (page, english)]
    assert anchors[0] == anchors[1]
    assert page.tags[0] == ("html", {"lang": "uk", "class": "no-js"})


def test_a_stale_translation_says_so(site: Path) -> None:
    """The banner stands on the page whose English text is another one by now."""
    page = Page(site / "ru/lessons/hello/index.html")
    assert page.head("div", role="note")
    assert "Английский текст этого урока с тех пор изменился." in page.text
    assert "Вітання" in page.text


def test_a_missing_translation_falls_back_to_english(site: Path) -> None:
    """The page is there, says in its language that it is English, and marks the English as such."""
    page = Page(site / "uk/lessons/count/index.html")
    assert "Цієї сторінки ще немає українською" in page.text
    assert page.head("article", lang="en")
    assert "Урок 2 Count" in page.text


def test_search_engines_learn_of_languages(toy_site: Published) -> None:
    """A page names itself in all languages; a copy names the English page as its origin."""
    page = Page(toy_site.folder / "uk/lessons/hello/index.html")
    found = (toy_site.folder / "uk/sitemap.xml").read_text("utf-8")
    for code in CODES:
        assert f'hreflang="{code}" href="{toy_site.address}{code}/lessons/hello/"' in found
    canonical = page.head("link", rel="canonical")[0]["href"]
    assert canonical == f"{toy_site.address}uk/lessons/hello/"
    copied = Page(toy_site.folder / "uk/lessons/count/index.html")
    canonical = copied.head("link", rel="canonical")[0]["href"]
    assert canonical == f"{toy_site.address}en/lessons/count/"


def test_the_root_leads_to_the_languages(toy_site: Published) -> None:
    """The first page, the site map and robots.txt name them; what is missing is said in each."""
    root = toy_site.folder
    for code in CODES:
        assert f"{toy_site.address}{code}/sitemap.xml" in (root / "sitemap.xml").read_text("utf-8")
        assert Page(root / "index.html").head("a", href=f"{code}/index.html")
        assert Page(root / "404.html").head("a", href=f"/yielddb/{code}/")
    assert f"{toy_site.address}sitemap.xml" in (root / "robots.txt").read_text("utf-8")


# --- building


def test_what_did_not_change_is_left_alone(toy_site: Published, tmp_path: Path) -> None:
    """A second build makes no page anew; what does not belong goes."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    out = build(course, tmp_path / "out", languages=("en",))
    page = out / "en/lessons/hello/index.html"
    before = page.stat().st_mtime_ns
    (out / "stray.html").write_text("<p>")
    (out / "strays").mkdir()
    said: list[str] = []
    build(course, out, languages=("en",), progress=said.append)
    assert page.stat().st_mtime_ns == before
    assert not [message for message in said if "HTML" in message]
    assert not list(out.glob("stray*"))


def test_refuses_a_broken_link(
    toy_site: Published, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """A link to a lesson by its file works; one to nowhere stops the build."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    path = course.find("1").text
    source = path.read_text("utf-8")
    linked = source.replace("A route answers", "A route (see [later](02_count.md)) answers")
    path.write_text(linked, "utf-8")
    out = build(course, tmp_path / "out", languages=("en",))
    assert 'href="../count/"' in (out / "en/lessons/hello/index.html").read_text("utf-8")
    path.write_text(linked.replace("02_count.md", "02_mount.md"), "utf-8")
    golden("site_link.txt", problems_of(course, tmp_path / "out"))


def test_refuses_a_broken_look(
    toy_site: Published, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """What mkdocs says of its settings is passed on."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    (course.root / "mkdocs.yml").write_text("theme:\n  name: umbrella\n", "utf-8")
    said = problems_of(course, tmp_path / "out")
    golden("site_look.txt", re.sub(r" The available .*", "", said))


def test_links_of_the_built_pages_are_followed(tmp_path: Path) -> None:
    """A missing file, a missing anchor and a way out of the site are found; the rest is not."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page/index.html").write_text('<p id="there">')
    (tmp_path / "index.html").write_text(
        '<a href="page/#there"></a><a href="https://example.org/"></a><a href="#"></a>'
        '<a href="page/#not"></a><img src="no.png"><a href="../out.html"></a>'
        '<template><a href="gone/"></a></template>'
    )
    assert [problem.says for problem in links.problems(tmp_path)] == [
        "the link ../out.html leads nowhere",
        "the link no.png leads nowhere",
        "the link page/#not leads nowhere",
    ]


def sheets_of(site: Path, **sheets: str) -> Path:
    """A built site of one page and one script, with these sheets; the folder where they lie."""
    folder = site / "assets/stylesheets"
    folder.mkdir(parents=True)
    (site / "index.html").write_text('<p class="used">')
    (site / "assets/site.js").write_text("const name = 'made'; say('var(--md-c)')")
    for name, text in sheets.items():
        path = folder / "main.1.css" if name == "main" else site / f"assets/{name}.css"
        path.write_text(text, "utf-8")
    return folder


def test_styles_keep_what_is_in_use(tmp_path: Path) -> None:
    """Rules for classes that no page and no script names go, with their icons and comments."""
    sheets = sheets_of(
        tmp_path,
        main="/* why */:root{--md-a:url('a(1).svg');--md-b:url(b.svg);--md-c:1}"
        ".used,.unused{color:red}.made:not(.gone){background:var(--md-b)}.unused p{x:y}"
        "@media print{.unused{x:y}}@media screen{.used{x:y !important}}@font-face{font-family:a}",
        course=".used :is(a,\n b) { x: y /* z */ }",
    )
    (sheets / "main.1.css.map").write_text("")
    styles.trim(tmp_path, tmp_path)
    assert (sheets / "site.css").read_text() == (
        ":root{--md-b:url(b.svg);--md-c:1}.used{color:red}.made:not(.gone){background:var(--md-b)}"
        "@media screen{.used{x:y!important}}@font-face{font-family:a}.used :is(a, b){x:y}"
    )
    assert [path.name for path in sheets.iterdir()] == ["site.css"]


def test_styles_go_one_way(tmp_path: Path) -> None:
    """Rules for text from the right go; those from the left weigh what they weighed."""
    sheets = sheets_of(tmp_path, main="[dir=ltr] .used,[dir=rtl] .made{a:b}[dir=rtl] .used{a:c}")
    styles.trim(tmp_path, tmp_path)
    assert (sheets / "site.css").read_text() == ":root .used{a:b}"


def test_styles_have_no_twins(tmp_path: Path) -> None:
    """A prefixed name goes where the plain one stands beside it, but for what Safari lacks."""
    sheets = sheets_of(
        tmp_path,
        main=".used{-webkit-mask:a;mask:a;-webkit-tap-highlight-color:b;"
        "-webkit-box-decoration-break:c;box-decoration-break:c}",
    )
    styles.trim(tmp_path, tmp_path)
    assert (sheets / "site.css").read_text() == (
        ".used{mask:a;-webkit-tap-highlight-color:b;"
        "-webkit-box-decoration-break:c;box-decoration-break:c}"
    )


def test_a_variable_of_a_variable_goes_with_it(tmp_path: Path) -> None:
    """What only something unused asks for is unused; a group inside a group counts."""
    sheets = sheets_of(
        tmp_path,
        main=":root{--a:var(--b);--b:1;--c:2;--d:3}@media a{@supports (b:c){.used{x:var(--c)}}}",
        quiz="@keyframes k{to{x:var(--d)}}",
    )
    styles.trim(tmp_path, tmp_path)
    assert (sheets / "site.css").read_text() == (
        ":root{--c:2;--d:3}@media a{@supports (b:c){.used{x:var(--c)}}}@keyframes k{to{x:var(--d)}}"
    )


@pytest.mark.parametrize("text", [".used{a}", "}", ".used{& p{a:b}}"])
def test_a_sheet_that_is_not_understood_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing is dropped silently."""
    sheets_of(tmp_path, course=f".used{{a:b}}\n{text}")
    with pytest.raises(Problems) as caught:
        styles.trim(tmp_path, Path("web"))
    (problem,) = caught.value.problems
    assert (problem.path, problem.line) == (Path("web/course.css"), 2)


def test_the_search_reads_plain_words(tmp_path: Path) -> None:
    """Markup goes, what only looks like it stays; Material's own search is not taken along."""
    docs = [
        {
            "location": "a/#b",
            "title": "A <code>b</code>",
            "text": "<p>List&lt;int&gt; &amp;\n 1 < 2</p>",
        }
    ]
    (tmp_path / "search").mkdir()
    (tmp_path / "assets/javascripts/lunr").mkdir(parents=True)
    (tmp_path / search.INDEX).write_text(json.dumps({"docs": docs}))
    search.pack(tmp_path)
    assert (tmp_path / search.PAGES).read_text() == (
        'globalThis.yielddbPages=[{"at":"a/#b","title":"A b","text":"List<int> & 1 < 2"}];\n'
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["assets", "pages.js", "search"]


# --- bad input

FAULTS = {
    "syntax": ("  - text: Nothing was found.\n", "  - text: [Nothing\n"),
    "unknown id": ("misconception: greeting-is-optional", "misconception: no-such-belief"),
    "unknown cell": ("cell: greeting", "cell: no-such-cell"),
    "duplicate id": ("id: who-answers", "id: what-is-200"),
    "no reason": ("    why: That is 404.\n", ""),
    "no title": ("title: Hello\n", ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_block_stops_the_build(
    toy_site: Published, tmp_path: Path, golden: Callable[[str, str], None], fault: str
) -> None:
    """One message with path and line says what is wrong and what to do; nothing is built."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    path = course.find("1").text
    right, wrong = FAULTS[fault]
    path.write_text(path.read_text("utf-8").replace(right, wrong, 1), "utf-8")
    golden(f"site_{fault.replace(' ', '_')}.txt", problems_of(course, tmp_path / "out"))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_translation_with_other_code_stops_the_build(
    toy_site: Published, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """Cells, ids, sections and what is right are those of the English text."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    said = []
    for right, wrong in (
        ('print("Hello town")', 'print("Привіт, місто")'),
        ("id: who-answers", "id: who-speaks"),
        ("## На згадку\n", ""),
        ("    right: true\n", ""),
    ):
        path = translate(course, "uk")
        path.write_text(path.read_text("utf-8").replace(right, wrong), "utf-8")
        said.append(problems_of(course, tmp_path / "out"))
    golden("site_translation.txt", "\n".join(said))


def test_an_edit_that_no_longer_fits_stops_the_build(toy_site: Published, tmp_path: Path) -> None:
    """A check that names text which the solution has no more is named, with what to run."""
    course = dressed(tmp_path / "toy", toy_site.course.root / ".cache")
    path = course.find("2").solution / "main.py"
    path.write_text(path.read_text("utf-8").replace("db.commit()", "db.commit( )"), "utf-8")
    assert "occurs 0 times in main.py" in problems_of(course, tmp_path / "out")


def test_hears_of_all_broken_lessons(toy: Course, tmp_path: Path) -> None:
    """The problems of every lesson are collected before the build stops."""
    for lesson in toy.lessons:
        source = lesson.text.read_text("utf-8")
        lesson.text.write_text(source.replace("cell: ", "cell: no-"), "utf-8")
    with pytest.raises(Problems) as caught:
        build(toy, tmp_path / "out")
    assert [problem.path for problem in caught.value.problems] == [
        lesson.text for lesson in toy.lessons
    ]
