import { expect, test } from 'vitest';
import { isOurs, nextPath, signInPath } from '../../../examples/spa/src/next-path.ts';

const ORIGIN = 'http://localhost:3000';
const USUAL = '/demo/profile';

const next = (value: string) => nextPath(`?${new URLSearchParams({ next: value })}`, ORIGIN);

test.each([
  '//evil.example',
  '///evil.example/demo/',
  '/\\evil.example',
  '\\\\evil.example/demo/sessions',
  '/\t/evil.example/demo/',
  'https:evil.example',
  'https://evil.example/demo/sessions',
  'http://localhost:3000@evil.example/demo/sessions',
  'http://localhost:3001/demo/sessions',
  'https://localhost:3000/demo/sessions',
  '/demo/../..//evil.example',
  '/demo/%2e%2e//evil.example',
  '%2f%2fevil.example',
  'javascript:alert(1)',
  'JavaScript://localhost:3000/demo/%0aalert(1)',
  'data:text/html,/demo/',
  'blob:http://localhost:3000/demo/sessions',
  'http://[',
])('next: %j leads elsewhere, and is ignored', (value) => {
  expect(next(value)).toBe(USUAL);
});

test.each(['', '/', '/docs', '/demos', '/demo/../docs', 'sessions', '/DEMO/sessions'])(
  'next: %j is no page of the application, and is ignored',
  (value) => {
    expect(next(value)).toBe(USUAL);
  },
);

test.each(['/demo', '/demo/sessions', '/demo/sessions?a=b#c'])('next: %s is a page of the application', (value) => {
  expect(next(value)).toBe(value);
});

test('next: a whole address of this origin, only its path is taken', () => {
  expect(next(`${ORIGIN}/demo/sessions`)).toBe('/demo/sessions');
  expect(next('http://ada:secret@localhost:3000/demo/sessions')).toBe('/demo/sessions');
});

test('next: not said, the profile is taken', () => {
  expect(nextPath('', ORIGIN)).toBe(USUAL);
});

test('sign-in path: leads back to where it came from', () => {
  const { search } = new URL(signInPath('/demo/sessions?a=b&c=d'), ORIGIN);
  expect(nextPath(search, ORIGIN)).toBe('/demo/sessions?a=b&c=d');
});

test('a link: to another part of the service, is left to the browser', () => {
  expect(isOurs(new URL(`${ORIGIN}/docs`), ORIGIN)).toBe(false);
  expect(isOurs(new URL(`${ORIGIN}/demo`), ORIGIN)).toBe(true);
});
