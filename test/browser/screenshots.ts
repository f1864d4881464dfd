// test/browser/screenshots.ts: pictures of every page in every look, for people to look at. Run by hand, beside
// `npm run demo`: SCREENSHOTS=<folder> node test/browser/screenshots.ts (and ISSUER=..., where it is not at port 3000).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { PASSWORD } from '../harness/api.ts';
import { chromium as tool } from '../harness/tools.ts';
import { dress } from './accessibility.ts';
import { looks, mailedPages, openPages, ownPages } from './places.ts';

const { SCREENSHOTS: folder, ISSUER: baseURL = 'http://localhost:3000' } = process.env;

/** Whom `npm run demo` has made. */
const ADA = 'ada@example.com';

async function main(into: string, executablePath: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  const browser = await chromium.launch({ executablePath });
  try {
    await takeAll(await browser.newPage({ baseURL }), into);
  } finally {
    await browser.close();
  }
}

async function takeAll(page: Page, into: string): Promise<void> {
  const take = (name: string) => takeInEveryLook(page, join(into, name));
  for (const [path, heading] of Object.entries(openPages))
    await visit(page, path, heading).then(() => take(slug(path)));
  for (const [path, heading] of Object.entries(mailedPages)) {
    await page.goto('about:blank');
    await visit(page, `${path}#code=abc`, heading);
    await take(`${slug(path)}-mailed`);
  }
  await takeVerification(page, take);
  await takeFaults(page, take);
  await signIn(page);
  for (const [path, heading] of Object.entries(ownPages)) await visit(page, path, heading).then(() => take(slug(path)));
  await visit(page, '/demo', 'Latchkey demo');
  await take('demo-signed-in');
  await takeDeletion(page, take);
}

/** The service's part is played: an account that is signed in elsewhere, and a code that is good for no password. */
async function takeVerification(page: Page, take: (name: string) => Promise<void>): Promise<void> {
  const refuse = (status: number, code: string) =>
    page.route(/\/confirm$/, (route) => route.fulfill({ status, json: { status, code, title: 'No.' } }), { times: 1 });
  const open = async () => {
    await page.goto('about:blank');
    await visit(page, '/demo/verify-email#code=abc', 'Verify your e-mail');
  };
  await open();
  await refuse(400, 'password_wrong');
  await page.getByLabel('Password', { exact: true }).fill('p');
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.getByRole('alert').first().waitFor();
  await take('verify-email-wrong');
  await page.getByRole('button', { name: 'Set a new password instead' }).click();
  await take('verify-email-new-password');
  await signIn(page);
  await refuse(403, 'proof_required');
  await open();
  await take('verify-email-other-account');
  await refuse(409, 'already_verified');
  await open();
  await take('verify-email-done');
  await refuse(400, 'code_invalid');
  await open();
  await take('verify-email-old');
  await page.evaluate('localStorage.clear(), sessionStorage.clear()');
  await page.reload();
}

async function takeFaults(page: Page, take: (name: string) => Promise<void>): Promise<void> {
  await visit(page, '/demo/sign-up', 'Sign up');
  await page.getByLabel('E-mail', { exact: true }).fill('ada@');
  await page.getByRole('button', { name: 'Sign up', exact: true }).click();
  await page.getByRole('alert').first().waitFor();
  await take('sign-up-faults');
}

async function takeDeletion(page: Page, take: (name: string) => Promise<void>): Promise<void> {
  await visit(page, '/demo/profile', 'Profile');
  const section = page.getByRole('region', { name: 'Delete account' });
  await section.getByLabel('Current password').fill(PASSWORD);
  await section.getByRole('button', { name: 'Delete account', exact: true }).click();
  await page.getByRole('button', { name: 'Keep it' }).waitFor();
  await take('profile-delete');
}

async function signIn(page: Page): Promise<void> {
  await visit(page, '/demo/sign-in', 'Sign in');
  await page.getByLabel('E-mail or user name', { exact: true }).fill(ADA);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Profile' }).waitFor();
}

async function visit(page: Page, path: string, heading: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
}

async function takeInEveryLook(page: Page, name: string): Promise<void> {
  for (const look of looks) {
    await dress(page, look);
    await page.screenshot({ path: `${name}-${look.width}-${look.colorScheme}.png`, fullPage: true });
  }
}

const slug = (path: string) => path.replace(/^\/demo\/?/, '') || 'demo';

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const binary = tool.find();
if (binary === null) fail('Chromium is missing: npm run tools installs it');
if (!folder) fail('SCREENSHOTS is the folder that the pictures go to.');
await main(folder, binary);
