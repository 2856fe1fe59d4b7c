import { type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { Api, freshEmail } from '../support/api.ts';
import { codeFor, customerSignsIn, staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

interface Customer {
  id: string;
  name: string | null;
  email: string | null;
  erased_at?: string;
}

async function zera(email: string): Promise<Customer> {
  const purchase = await Api.own().purchase(2_500, email);
  expect(purchase.points_earned).toBe(250);
  return Api.own().post<Customer>('/customers', { email, name: 'Zera Quill' });
}

/** The file behind a link, downloaded and read: all of it has arrived. */
async function file(page: Page, name: string): Promise<{ customer: Partial<Customer>; purchases: unknown[] }> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/\.json$/);
  return JSON.parse(readFileSync(await saved.path(), 'utf8'));
}

test.describe('erasing', () => {
  // What the browser says of a form that comes back because something in it is wrong.
  test.use({ expectedComplaints: [/422/] });

  test('an owner downloads what is known of a customer, and erases her', async ({ page }) => {
    const email = freshEmail();
    const { id } = await zera(email);
    await staffSignsIn(page);
    await page.goto(`/dashboard/customers/${id}`);
    await awake(page);
    await page.getByRole('link', { name: 'Privacy', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Privacy' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'The customer loses' })).toBeVisible();
    await fits(page, 320);
    await accessible(page);

    const document = await file(page, 'Download everything');
    expect(document.customer).toMatchObject({ name: 'Zera Quill', email });
    expect(document.purchases).toHaveLength(1);

    await page.getByLabel('Type erase to confirm').fill('yes');
    await page.getByRole('button', { name: 'Erase this customer' }).click();
    await expect(page.getByText('Type the word erase. Nothing was erased')).toBeVisible();
    await page.getByLabel('Type erase to confirm').fill('erase');
    await page.getByRole('button', { name: 'Erase this customer' }).click();
    await expect(page.getByRole('heading', { name: /^Erased on/ })).toBeVisible();
    await accessible(page);

    const left = await Api.own().get<Customer>(`/customers/${id}`);
    expect(left).toMatchObject({ name: null, email: null });
    expect(left.erased_at).toBeDefined();
    await page.goto(`/dashboard/customers/${id}`);
    await awake(page);
    await expect(page.getByRole('heading', { level: 1, name: 'Erased customer' })).toBeVisible();
    await expect(page.getByText(/Erased on/)).toBeVisible();
    await expect(page.getByRole('link', { name: 'Purchases', exact: true }).and(page.locator('.tabs a'))).toBeHidden();
    await fits(page, 320);
    await accessible(page);
  });
});

test.describe('leaving', () => {
  // What the browser says of the page that tells that the account is closed.
  test.use({ expectedComplaints: [/410/] });

  test('a customer takes the data along, leaves, and finds the portal closed', async ({ page }) => {
    const { slug, name } = stage().merchant;
    const email = freshEmail();
    const { id } = await zera(email);
    await customerSignsIn(page, slug, email);
    await page.getByRole('link', { name: 'Card', exact: true }).click();
    await page.getByRole('link', { name: 'Your data' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Your data' })).toBeVisible();
    await fits(page, 320);
    await accessible(page);
    expect((await file(page, 'Download your data')).customer).toMatchObject({ email });

    await page.getByRole('link', { name: 'See what leaving means' }).click();
    await expect(page.getByText(/^250 .* that you can spend$/)).toBeVisible();
    await fits(page, 320);
    await accessible(page);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await expect(page.getByRole('button', { name: 'Delete my data and leave' })).toBeVisible();
    await accessible(page);
    await page.getByLabel('Code from the e-mail').fill(await codeFor(page, email));
    await page.getByRole('button', { name: 'Delete my data and leave' }).click();
    await expect(page.getByRole('heading', { name: 'Your account is closed' })).toBeVisible();
    await expect(page.getByText(`${name} has deleted everything`)).toBeVisible();
    await fits(page, 320);
    await accessible(page);

    expect(await Api.own().get<Customer>(`/customers/${id}`)).toMatchObject({ name: null, email: null });
    await page.getByRole('button', { name: 'Go to the sign-in' }).click();
    await expect(page.getByRole('button', { name: 'Send the code' })).toBeVisible();
  });
});
