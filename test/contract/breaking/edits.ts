// test/contract/breaking/edits.ts: changes of a contract, for asking what they break.

/** Changes the document that it is given. */
export type Edit = (document: unknown) => void;

/** With what is said of it. */
export type Breaking = readonly [change: string, edit: Edit, ...said: readonly string[]];

type Path = readonly (string | number)[];

/** Puts a value at the end of the path, whether there is one already or not. */
export function set(path: Path, value: unknown): Edit {
  return (document) => {
    const [holder, name] = holderOf(document, path);
    Reflect.set(holder, name, structuredClone(value));
  };
}

/** Takes away what is at the end of the path, which has to be there. */
export function remove(path: Path): Edit {
  return (document) => {
    const [holder, name] = holderOf(document, path);
    if (!Reflect.has(holder, name)) throw new Error(`There is no ${path.join(' ')}.`);
    if (Array.isArray(holder)) holder.splice(Number(name), 1);
    else Reflect.deleteProperty(holder, name);
  };
}

/** Adds to a list, or takes from it. */
export const add = (path: Path, value: unknown): Edit => changeList(path, (list) => [...list, value]);
export const drop = (path: Path, value: unknown): Edit =>
  changeList(path, (list) => {
    if (!list.includes(value)) throw new Error(`There is no ${value} in ${path.join(' ')}.`);
    return list.filter((member) => member !== value);
  });

export function all(...edits: readonly Edit[]): Edit {
  return (document) => {
    for (const edit of edits) edit(document);
  };
}

export const schema = (name: string, ...path: Path): Path => ['components', 'schemas', name, ...path];
export const operation = (method: string, path: string, ...rest: Path): Path => ['paths', path, method, ...rest];

function changeList(path: Path, change: (list: readonly unknown[]) => unknown[]): Edit {
  return (document) => {
    const [holder, name] = holderOf(document, path);
    const list: unknown = Reflect.get(holder, name);
    if (!Array.isArray(list)) throw new Error(`${path.join(' ')} is no list.`);
    Reflect.set(holder, name, change(list));
  };
}

function holderOf(document: unknown, path: Path): [object, string | number] {
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((value, name) => (value instanceof Object ? Reflect.get(value, name) : undefined), document);
  if (!(holder instanceof Object)) throw new Error(`There is no ${path.slice(0, -1).join(' ')}.`);
  return [holder, path.at(-1) ?? ''];
}
