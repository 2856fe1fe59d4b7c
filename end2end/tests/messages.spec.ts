import type { Page } from '@playwright/test';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, hasScripts, test } from '../support/test.ts';

const welcome = '/dashboard/messages/welcome';

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

/** The newest letter to an address, in the development mailbox. */
async function letterTo(page: Page, email: string, about: RegExp): Promise<string> {
  const letters = page.getByRole('listitem').filter({ hasText: email }).filter({ hasText: about });
  await expect(async () => {
    await page.goto('/dev/mailbox');
    await expect(letters.first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  return letters.first().innerText();
}

test('a message is written, looked at, sent for a test and reset', async ({ page }) => {
  test.slow();
  await staffSignsIn(page);
  await open(page, '/dashboard/messages');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Messages');
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: 'Points expire soon' }).click();
  await expect(page).toHaveURL(/messages\/points_expiring$/);
  await awake(page);
  await fits(page);
  await accessible(page);

  const subject = page.getByRole('textbox', { name: 'Subject' });
  const text = page.getByRole('textbox', { name: 'Text' });
  const words = `Quick ${Date.now()}`;
  await subject.fill(`${words}: {points} {points_name}`);
  await text.fill('Hello {name},\n\nuse them until {expires_on}.\n\n{page}');
  // With scripts the preview follows; without, a button shows it.
  if (!hasScripts()) await page.getByRole('button', { name: 'Show preview' }).click();
  await expect(page.locator('#preview-subject')).toHaveText(`${words}: 1,240 points`);
  const sheet = page.frameLocator('iframe[title="The message as a customer would get it"]');
  await expect(sheet.getByText('use them until Mar 31, 2027.')).toBeVisible();
  await expect(sheet.getByRole('link', { name: 'Open your page' })).toBeVisible();

  const own = freshEmail();
  await page.getByLabel('To', { exact: true }).fill(own);
  await page.getByRole('button', { name: 'Send me a test' }).click();
  await expect(page.getByText(`A test is on its way to ${own}.`)).toBeVisible();
  await expect(subject).toHaveValue(`${words}: {points} {points_name}`);
  await accessible(page);
  await awake(page);
  await page.getByRole('button', { name: 'Save message' }).click();
  await expect(page).toHaveURL(/done=message-saved/);

  expect(await letterTo(page, own, /\[Test\] Quick/)).toContain('Hello Maya Lindqvist,');
  const letter = page.getByRole('listitem').filter({ hasText: own }).first();
  await fits(page);
  await accessible(page);
  await letter.getByRole('link', { name: 'As HTML' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^\[Test\] Quick/);
  await expect(page.frameLocator('iframe').getByText('use them until Mar 31, 2027.')).toBeVisible();
  await fits(page);
  await accessible(page);

  await open(page, '/dashboard/messages/points_expiring');
  await confirmed(page, 'Reset message');
  await expect(page).toHaveURL(/done=message-reset/);
  await expect(subject).toHaveValue('{points} {points_name} at {shop} expire on {expires_on}');
});

test.describe('a slip', () => {
  test.use({ expectedComplaints: [/status of 422/] });

  test('is named with what there is', async ({ page }) => {
    await staffSignsIn(page);
    await open(page, welcome);
    await page.getByRole('textbox', { name: 'Text' }).fill('Hello {nmae}');
    await page.getByRole('button', { name: 'Save message' }).click();
    await expect(page.getByText(/There is no \{nmae\} in this message/)).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Text' })).toHaveValue('Hello {nmae}');
    await accessible(page);
  });
});

test('the link in a letter unsubscribes, and the portal shows it', async ({ page }) => {
  test.slow();
  const { slug } = stage().merchant;
  const email = freshEmail();
  await Api.own().post('/customers', { email, name: 'Maya Lindqvist' });
  const text = await letterTo(page, email, /Welcome to/);
  const link = /\/u\/[\w-]{60,}/.exec(text)?.[0];
  expect(link, 'the letter says how it is ended').toBeDefined();
  await page.goto(link ?? '');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/No more e-mails from/);
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are unsubscribed');
  await accessible(page);

  await customerSignsIn(page, slug, email);
  await open(page, `/p/${slug}/notifications`);
  await page.getByRole('link', { name: 'Choose which e-mails you get' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your e-mails');
  const boxes = page.getByRole('checkbox');
  await expect(boxes).toHaveCount(6);
  for (const box of await boxes.all()) await expect(box).not.toBeChecked();
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('you reach a higher tier').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. It counts from now on.')).toBeVisible();
  await expect(page.getByLabel('you reach a higher tier')).toBeChecked();
  await expect(page.getByLabel('you are given a voucher')).not.toBeChecked();
  await accessible(page);
});
