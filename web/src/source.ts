/** Where an element finds its trace: the `src` attribute or a `<template>` with JSON. */

import { Fault, parse, type Trace } from "./trace.ts";

const fetched = new Map<string, Promise<string>>();

/** The trace of an attribute's address, which has to be on this site. */
export async function fetchTrace(src: string): Promise<Trace> {
  const url = new URL(src, document.baseURI);
  // a page opened as a file has no origin to compare: there the fetch itself fails, and says so
  if (url.origin !== location.origin && location.protocol !== "file:") throw new Fault("faultOrigin", url.origin);
  const text = fetched.get(url.href) ?? read(url.href);
  fetched.set(url.href, text);
  try {
    return parse(await text);
  } catch (error) {
    fetched.delete(url.href);
    throw error;
  }
}

async function read(href: string): Promise<string> {
  const answer = await fetch(href).catch((error: Error) => {
    throw new Fault("faultFetch", error.message);
  });
  if (!answer.ok) throw new Fault("faultFetch", String(answer.status));
  return answer.text();
}

/** The trace of a template. */
export function templateTrace(template: HTMLTemplateElement | null | undefined): Trace {
  return parse(template?.content.textContent ?? "");
}
