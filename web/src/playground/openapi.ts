/** What a request builder needs of an app's OpenAPI document, which the reader's own app made: anything may be in it. */

type Json = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  value: string;
}

export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  body: string | null;
}

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const DEPTH = 6; // schemas may contain themselves

/** All operations, in the order of the app's routes. */
export function operations(document: unknown): Operation[] {
  const paths = record(record(document).paths);
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in record(item)).map((method) => {
      const operation = record(record(item)[method]);
      return {
        method: method.toUpperCase(),
        path,
        parameters: [...list(record(item).parameters), ...list(operation.parameters)].flatMap((one) =>
          parameter(document, one),
        ),
        body: body(document, operation.requestBody),
      };
    }),
  );
}

/** The path with its parameters put in; an empty query parameter is left out. */
export function address(operation: Operation, values: ReadonlyMap<Parameter, string>): string {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const [{ name, in: where }, value] of values) {
    if (where === "path") path = path.replace(new RegExp(`\\{${escape(name)}(:\\w+)?\\}`), () => encodeURIComponent(value));
    else if (where === "query" && value !== "") query.append(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

function escape(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

function parameter(document: unknown, value: unknown): Parameter[] {
  const { name, in: where, schema, required, example } = resolve(document, value);
  if (typeof name !== "string" || (where !== "path" && where !== "query" && where !== "header")) return [];
  const shown = example ?? (required || where === "path" ? sample(document, schema) : record(schema).default);
  return [{ name, in: where, value: shown == null ? "" : typeof shown === "object" ? JSON.stringify(shown) : String(shown) }];
}

function body(document: unknown, value: unknown): string | null {
  const content = record(resolve(document, value).content);
  const media = record(content["application/json"]);
  if (!("schema" in media)) return null;
  return JSON.stringify(media.example ?? sample(document, media.schema), null, 2);
}

/** A value that fits the schema, as far as a schema tells. */
export function sample(document: unknown, value: unknown, depth = 0, name = ""): unknown {
  const schema = resolve(document, value);
  const given = [schema.example, list(schema.examples)[0], schema.const, schema.default, list(schema.enum)[0]];
  const found = given.find((one) => one !== undefined);
  if (found !== undefined) return found;
  if (depth > DEPTH) return null;
  const choices = [...list(schema.anyOf), ...list(schema.oneOf)];
  if (choices.length) return sample(document, choices.find((one) => record(one).type !== "null") ?? null, depth + 1, name);
  const parts = list(schema.allOf);
  if (parts.length) return Object.assign({}, ...parts.map((one) => sample(document, one, depth + 1)));
  return simple(document, schema, depth, name);
}

function simple(document: unknown, schema: Json, depth: number, name: string): unknown {
  switch (schema.type) {
    case "object": {
      const properties = Object.entries(record(schema.properties));
      return Object.fromEntries(properties.map(([key, one]) => [key, sample(document, one, depth + 1, key)]));
    }
    case "array":
      return [sample(document, schema.items, depth + 1, name)];
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "string":
      return word(schema, name);
    default:
      return null;
  }
}

const FORMATS: Record<string, string> = {
  "date-time": "2026-11-26T12:00:00Z",
  date: "2026-11-26",
  time: "12:00:00",
  email: "ada@example.org",
  uuid: "3fa85f64-5717-4562-b3fc-2c963f66afa6",
  uri: "https://example.org/",
};
const NAMED: Record<string, string> = { email: FORMATS.email!, name: "Umbrella", description: "Black, left on tram 6" };

function word({ format, minLength }: Json, name: string): string {
  const text = FORMATS[String(format)] ?? NAMED[name] ?? "text";
  return typeof minLength === "number" && minLength < 200 ? text.padEnd(minLength, "-") : text;
}

/** Follow `#/components/...`; what leads nowhere or in a circle is an empty schema. */
function resolve(document: unknown, value: unknown): Json {
  let at = record(value);
  for (let step = 0; typeof at.$ref === "string"; step++) {
    if (step > DEPTH || !at.$ref.startsWith("#/")) return {};
    at = record(at.$ref.slice(2).split("/").reduce<unknown>((one, key) => own(record(one), key), document));
  }
  return at;
}

function own(one: Json, key: string): unknown {
  return Object.hasOwn(one, key) ? one[key] : undefined;
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
