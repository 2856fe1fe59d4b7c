import { freshEmail } from '../support/api.ts';
import { codeFor, customerSignsIn, staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

// A refused form is answered with 422, which Chromium reports.
test.use({ expectedComplaints: [/status of 422/] });

test('a customer tells the birthday once, and the shop corrects it', async ({ page }) => {
  const { slug, owner } = stage().merchant;
  const email = freshEmail();
  await customerSignsIn(page, slug, email);
  await page.goto(`/p/${slug}/card`);
  await awake(page);
  await page.getByRole('link', { name: 'About you' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'About you' })).toBeVisible();
  await expect(page.getByText(email)).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('Day', { exact: true }).fill('31');
  await page.getByLabel('Month').selectOption({ label: 'April' });
  await page.getByRole('button', { name: 'Save my birthday' }).click();
  await expect(page.getByText('There is no such day.')).toBeVisible();
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('Day', { exact: true }).fill('17');
  await page.getByLabel('Month').selectOption({ label: 'May' });
  await page.getByLabel('Year').fill('1990');
  await page.getByRole('button', { name: 'Save my birthday' }).click();
  await expect(page.getByText('Your birthday is noted.')).toBeVisible();
  await expect(page.getByText('May 17, 1990')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save my birthday' })).toHaveCount(0);
  await fits(page, 320);
  await accessible(page);

  await staffSignsIn(page, owner);
  await page.goto(`/dashboard/customers?q=${email}`);
  await page.getByRole('link', { name: email }).first().click();
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Edit customer' })).toBeVisible();
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('Birthday').fill('05-18');
  await page.getByLabel('Name', { exact: true }).fill('Ada');
  await page.getByRole('button', { name: 'Save customer' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expect(page.getByText('May 18', { exact: true })).toBeVisible();
});

test('a friend’s code is typed at the door', async ({ page, browser }) => {
  const { slug } = stage().merchant;
  await customerSignsIn(page, slug, freshEmail());
  await page.goto(`/p/${slug}/invite`);
  const link = await page.locator('a.invite__address').getAttribute('href');
  const code = (link ?? '').split('/').pop() ?? '';
  await page.context().clearCookies();

  const email = freshEmail();
  await page.goto(`/p/${slug}/sign-in`);
  await awake(page);
  await expect(page.getByLabel('Your friend’s code')).toBeHidden();
  await page.getByText('A friend’s code', { exact: true }).click();
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Your friend’s code').fill('AAAAA-AAAAA');
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByText(/Nobody has this code/)).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('Your friend’s code').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByText(/A friend invites you/)).toBeVisible();
  await page.getByLabel('Code').fill(await codeFor(page, email));
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(new RegExp(`/p/${slug}$`));

  // A link fills it in.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const friend = await context.newPage();
  await friend.goto(new URL(`/r/${code}`, page.url()).href);
  await expect(friend.getByLabel('Your friend’s code')).toHaveValue(code);
  await context.close();
});
