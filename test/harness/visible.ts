// test/harness/visible.ts: what a stranger could tell two answers apart by.
import type { Answer } from './api.ts';

const ofEachAnswer = ['date', 'x-request-id'];

/** All of an answer but when it was given and under which identifier. */
export function visible({ status, headers, text }: Answer) {
  const id = headers.get('x-request-id');
  return {
    status,
    text: id ? text.replace(id, '(the request id)') : text,
    headers: [...headers].filter(([name]) => !ofEachAnswer.includes(name)),
  };
}
