/** The reader's code as a notebook for JupyterLab. */

/** The JSON of a notebook with the app in a `%%app` cell. */
export function notebook(lesson: string, title: string, text: string, code: string): string {
  const cells = [
    { cell_type: "markdown", id: "title", metadata: {}, source: lines(`# ${title}\n\n${text}`) },
    cell("load", "%load_ext yielddb"),
    cell("app", `%%app ${lesson}\n${code}`),
    cell("check", "%check"),
  ];
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python" },
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function cell(id: string, source: string): object {
  return { cell_type: "code", execution_count: null, id, metadata: {}, outputs: [], source: lines(source) };
}

function lines(text: string): string[] {
  return text.split(/(?<=\n)/);
}
