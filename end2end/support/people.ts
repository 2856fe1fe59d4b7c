// Signing in, as people do it.

import { type Page, expect } from '@playwright/test';
import { stage } from './stage.ts';
import { awake } from './test.ts';

/** Signs a customer in to a portal, with the code from the development mailbox. */
export async function customerSignsIn(page: Page, slug: string, email: string): Promise<void> {
  await page.goto(`/p/${slug}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByRole('heading', { name: 'Type the code we sent' })).toBeVisible();
  await page.getByLabel('Code').fill(await codeFor(page, email));
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(new RegExp(`/p/${slug}$`));
  await awake(page);
}

/** Reads the newest code that was sent to an address, from the page that shows it. */
export async function codeFor(page: Page, email: string): Promise<string> {
  const mailbox = await page.context().newPage();
  try {
    await mailbox.goto('/dev/mailbox');
    // Other letters may have come since, such as the welcome.
    const letters = mailbox.getByRole('listitem').filter({ hasText: email });
    const letter = letters.filter({ hasText: /\b\d{3} ?\d{3}\b/ }).first();
    const code = /\b(\d{6})\b/.exec((await letter.innerText()).replaceAll(/(\d{3}) (\d{3})/g, '$1$2'));
    if (!code?.[1]) throw new Error(`no code for ${email} in the mailbox`);
    return code[1];
  } finally {
    await mailbox.close();
  }
}

/** Signs somebody in to the dashboard. */
export async function staffSignsIn(
  page: Page,
  who: { email: string; password: string } = stage().merchant.owner,
): Promise<void> {
  await page.goto('/dashboard/sign-in');
  await page.getByLabel('E-mail').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/dashboard$/);
  await awake(page);
}
