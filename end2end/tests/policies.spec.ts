import { randomInt } from 'node:crypto';
import { staffSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, hasScripts, test } from '../support/test.ts';

test('a policy is made from a template, changed, tried, published and paused', async ({ page }) => {
  const name = `Birthday ${randomInt(1_000_000_000)}`;
  await staffSignsIn(page, stage().merchant.owner);
  await page.goto('/dashboard/policies');
  await awake(page);
  await page.getByRole('link', { name: '500 points on the birthday' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New policy' })).toBeVisible();
  await awake(page);
  await expect(page.getByLabel('What has to happen')).toHaveValue('birthday');
  await expect(page.getByText('On the birthday of a customer, the customer gets 500 points and an e-mail')).toBeVisible();

  // What does not go with the choice is folded away, with scripts or without.
  const amount = page.locator('[name="effects.0.amount"]');
  const letter = page.locator('[name="effects.1.text"]');
  const numbers = page.getByLabel('Which numbers');
  await expect(numbers).toBeHidden();
  await expect(page.getByLabel('Who is given something')).toBeHidden();
  await expect(amount).toBeVisible();
  await expect(page.locator('[name="effects.0.reward"]')).toBeHidden();
  await expect(page.locator('[name="effects.1.amount"]')).toBeHidden();
  await expect(letter).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('What has to happen').selectOption('friend_count');
  await expect(numbers).toBeVisible();
  await expect(page.getByLabel('Who is given something')).toBeVisible();
  await numbers.fill('1, 100, 1000');
  if (hasScripts()) {
    await expect(page.getByText('When a friend makes the 1st, 100th or 1,000th purchase')).toBeVisible();
  }
  await fits(page, 320);
  await accessible(page);

  // What was typed into a field that is folded is left aside.
  await page.getByLabel('What has to happen').selectOption('birthday');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await amount.fill('250');
  await page.locator('[name="effects.1.give"]').selectOption('');
  await expect(letter).toBeHidden();
  if (hasScripts()) {
    await expect(page.getByText('On the birthday of a customer, the customer gets 250 points.')).toBeVisible();
  }
  await page.getByRole('button', { name: 'Add policy' }).click();
  await expect(page.getByText('Draft saved')).toBeVisible();

  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await awake(page);
  await expect(page.getByText('On the birthday of a customer, the customer gets 250 points.').first()).toBeVisible();
  await page.getByRole('button', { name: 'Try over the last 90 days' }).click();
  await expect(page.getByText(/The last 90 days would have given/)).toBeVisible();
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('button', { name: 'Publish policy' }).click();
  await expect(page.getByText('Published', { exact: true })).toBeVisible();
  await expect(page.getByText('The event of a published policy cannot be changed')).toBeVisible();
  await awake(page);
  await page.getByRole('button', { name: 'Pause policy' }).click();
  await expect(page.getByText('Paused. What happens from now on counts for nothing')).toBeVisible();
  await awake(page);
  await accessible(page);
  await confirmed(page, 'Archive policy');
  await expect(page.getByText('Archived', { exact: true }).first()).toBeVisible();
});

test.describe('a refused policy', () => {
  // It is answered with 422, which Chromium reports.
  test.use({ expectedComplaints: [/status of 422/] });

  test('comes back as it was sent, with what is wrong at its field', async ({ page }) => {
    await staffSignsIn(page, stage().merchant.owner);
    await page.goto('/dashboard/policies/new');
    await awake(page);
    await page.getByLabel('Name', { exact: true }).fill('Often');
    await page.getByLabel('What has to happen').selectOption('own_count');
    await page.getByLabel('Which numbers').fill('often');
    await page.locator('[name="effects.0.give"]').selectOption('points');
    await page.getByRole('button', { name: 'Add policy' }).click();
    await expect(page.getByText('Type numbers such as 1, 100, 1000, or every 100')).toBeVisible();
    await expect(page.getByLabel('Which numbers')).toHaveValue('often');
    await expect(page.getByLabel('More than so many points')).toBeHidden();
    await fits(page, 320);
    await accessible(page);
  });
});

test('the policies of the demo show, fit and are accessible', async ({ page }) => {
  await staffSignsIn(page, demo.owner);
  await page.goto('/dashboard/policies');
  await awake(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Reward policies' })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('table').getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: 'In a sentence' })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});
