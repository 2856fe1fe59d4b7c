import { randomInt } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

// The projects share a merchant, and no two tiers begin at the same threshold. Nobody has so many points, not even those
// who lead the leaderboard in their test.
const threshold = () => randomInt(100_000_000, 900_000_000);

// A refused form is answered with 422, which Chromium reports.
test.use({ expectedComplaints: [/status of 422/] });

test('a tier is made, changed and deleted after a look at who moves', async ({ page }) => {
  const name = `Grove ${randomInt(1_000_000)}`;
  await staffSignsIn(page, stage().merchant.owner);
  await page.goto('/dashboard/tiers/new');
  await awake(page);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Begins at').fill(threshold().toLocaleString('en-US'));
  await page.getByLabel('Other benefits').fill('Birthday pint\nEarly booking');
  await fits(page);
  await accessible(page);
  await page.getByRole('button', { name: 'See who would move' }).click();
  await expect(page.getByRole('heading', { name: 'What saving would change' })).toBeVisible();
  await expect(page.getByText('Nobody would move.')).toBeVisible();
  await fits(page);
  await accessible(page);
  await page.getByRole('button', { name: 'Save tier' }).click();
  await expect(page.getByText('Tier added')).toBeVisible();
  await fits(page);
  await accessible(page);

  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
  await awake(page);
  await page.getByLabel('Begins at').fill('many');
  await page.getByRole('button', { name: 'See who would move' }).click();
  await expect(page.getByText('Type a whole number')).toBeVisible();
  await page.getByRole('button', { name: 'See who would fall' }).click();
  await expect(page.getByRole('heading', { name: 'What deleting would change' })).toBeVisible();
  await accessible(page);
  // Another test may have promoted somebody to this tier meanwhile, who then moves.
  await page.getByRole('button', { name: /^Delete (tier|and move)/ }).click();
  await expect(page.getByText('Deleted.')).toBeVisible();
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
});

test('how customers move is saved only as it was looked at', async ({ page }) => {
  const api = Api.own();
  const name = `Meadow ${randomInt(1_000_000)}`;
  const tier = await api.post<{ id: string }>('/tiers', { name, threshold: threshold() });
  try {
    await staffSignsIn(page, stage().merchant.owner);
    await page.goto('/dashboard/tiers');
    await awake(page);
    const basis = page.getByLabel('What counts');
    const was = await basis.inputValue();
    await basis.selectOption(was === 'spend' ? 'purchases' : 'spend');
    await page.getByRole('button', { name: 'See who would move' }).click();
    await expect(page.getByRole('heading', { name: 'What saving would change' })).toBeVisible();
    await expect(page.getByText(/^Thresholds keep their numbers: /)).toContainText(name);
    await awake(page);
    await fits(page, 320);
    await accessible(page);

    // The other projects share this ladder: back to what it was, which is not what was looked at.
    const save = page.getByRole('button', { name: /^Save (how customers move|and move)/ });
    await basis.selectOption(was);
    await save.click();
    await expect(page.getByText('The fields have changed since the last look')).toBeVisible();
    await expect(page.getByText('Nobody would move now.')).toBeVisible();
    await save.click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await expect(basis).toHaveValue(was);
  } finally {
    await api.delete(`/tiers/${tier.id}`);
  }
});

test('staff promote a customer, who sees the tier and what it brings', async ({ page }) => {
  const name = `Orchard ${randomInt(1_000_000)}`;
  const api = Api.own();
  const tier = await api.post<{ id: string }>('/tiers', {
    name,
    threshold: threshold(),
    benefits: ['Birthday pint'],
  });
  const email = freshEmail();
  const { balance } = await api.purchase(500, email);
  expect(balance?.points).toBe(50);
  try {
    await staffSignsIn(page, stage().merchant.owner);
    await page.goto(`/dashboard/customers?q=${email}`);
    await page.getByRole('link', { name: email }).first().click();
    await page.getByRole('link', { name: 'Tier', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Tier of ${email}`);
    await awake(page);
    await fits(page);
    await accessible(page);
    // Other ladders stand beside this one while the projects run together: up to the top, whatever is there.
    for (let step = 0; step < 10; step += 1) {
      if (await page.getByRole('heading', { level: 2, name, exact: true }).isVisible()) break;
      await page.getByRole('button', { name: 'Promote' }).click();
      await expect(page.getByText('Promoted.')).toBeVisible();
      await page.goto(page.url().replace(/\?.*$/, ''));
      await awake(page);
    }
    await expect(page.getByRole('heading', { level: 2, name, exact: true })).toBeVisible();
    await fits(page);
    await accessible(page);

    await customerSignsIn(page, stage().merchant.slug, email);
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { name: 'All tiers' })).toBeVisible();
    await expect(page.getByText('Birthday pint').first()).toBeVisible();
    await fits(page);
    await accessible(page);
  } finally {
    await api.delete(`/tiers/${tier.id}`);
  }
});

test('staff pin a customer, let go again and demote', async ({ page }) => {
  test.slow();
  const name = `Terrace ${randomInt(1_000_000)}`;
  const api = Api.own();
  // Below those of other tests, so that few steps lead to it.
  const tier = await api.post<{ id: string }>('/tiers', { name, threshold: randomInt(100_000, 900_000) });
  const email = freshEmail();
  await api.purchase(500, email);
  try {
    await staffSignsIn(page, stage().merchant.owner);
    await page.goto(`/dashboard/customers?q=${email}`);
    await page.getByRole('link', { name: email }).first().click();
    await page.getByRole('link', { name: 'Tier', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Tier of ${email}`);
    const address = page.url().replace(/\?.*$/, '');
    const here = page.getByRole('heading', { level: 2, name, exact: true });
    const act = async (button: string, done: RegExp) => {
      await page.getByRole('button', { name: button, exact: true }).click();
      await expect(page.getByText(done)).toBeVisible();
      await page.goto(address);
      await awake(page);
    };
    for (let step = 0; step < 10 && !(await here.isVisible()); step += 1) await act('Promote', /^Promoted\./);
    await expect(here).toBeVisible();

    const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel('Pinned until').fill(day);
    await act('Pin', /^Pinned$/);
    await expect(here).toBeVisible();
    await expect(page.getByRole('button', { name: 'Let go' })).toBeVisible();
    await fits(page, 320);
    await accessible(page);
    await act('Let go', /^Let go\./);
    await expect(page.getByRole('button', { name: 'Let go' })).toHaveCount(0);

    await act('Demote', /^Demoted\./);
    await expect(here).toHaveCount(0);
    const history = page.getByRole('table');
    await expect(history.getByRole('row').filter({ hasText: 'Down:' }).first()).toContainText(name);
    await fits(page, 320);
    await accessible(page);
  } finally {
    await api.delete(`/tiers/${tier.id}`);
  }
});

test('the ladder of the demo shows, fits and is accessible', async ({ page }) => {
  await staffSignsIn(page, demo.owner);
  await page.goto('/dashboard/tiers');
  await awake(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Tiers' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'How customers move' })).toBeVisible();
  await fits(page);
  await accessible(page);
});
