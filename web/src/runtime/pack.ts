// A pack: four bytes with the length of a JSON list of [path, bytes], that list, then the files.
export function unpacked(stream: Uint8Array<ArrayBuffer>): [string, Uint8Array<ArrayBuffer>][] {
  const length = new DataView(stream.buffer, stream.byteOffset).getUint32(0, true);
  const header: [string, number][] = JSON.parse(new TextDecoder().decode(stream.subarray(4, 4 + length)));
  let start = 4 + length;
  return header.map(([name, bytes]) => {
    const content = stream.subarray(start, (start += bytes));
    return [name, content];
  });
}
