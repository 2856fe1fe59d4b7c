import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

// A form that comes back because of what somebody else has changed is answered with 422.
test.use({ expectedComplaints: [/status of 422/] });

/** A promotion that gives nothing to anybody, published. */
async function published(): Promise<string> {
  const api = Api.own();
  const name = `Draft ${randomUUID().slice(0, 8)}`;
  const terms = { name, flat_points: 5, products: { include: [`tag:${name.replaceAll(' ', '-')}`] } };
  const { id } = await api.post<{ id: string }>('/promotions', terms);
  await api.post(`/promotions/${id}/publish`, {});
  return id;
}

async function open(page: Page, id: string): Promise<void> {
  await page.goto(`/dashboard/promotions/${id}`);
  await awake(page);
}

test('a draft of what is published is written, looked at, and thrown away', async ({ page }) => {
  const id = await published();
  await staffSignsIn(page);
  await open(page, id);
  const discard = page.locator('summary', { hasText: 'Discard draft' });
  await expect(discard).toHaveCount(0);
  await page.getByLabel('How much').fill('50');
  await page.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText('Version 2 draft')).toBeVisible();
  await awake(page);
  await discard.click();
  await fits(page);
  await accessible(page);
  await page.getByRole('button', { name: 'Discard draft now' }).click();
  await expect(page.getByText('Draft discarded')).toBeVisible();
  await expect(page.getByText('Version 1 running')).toBeVisible();
  await expect(page.getByText('Version 2 draft')).toHaveCount(0);
  await expect(page.getByLabel('How much')).toHaveValue('5');
});

test('what somebody else has changed meanwhile is not undone unseen', async ({ page }) => {
  const id = await published();
  await staffSignsIn(page);
  await open(page, id);
  await Api.own().patch(`/promotions/${id}`, { flat_points: 70 });
  await page.getByLabel('How much').fill('60');
  await page.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText('has changed this meanwhile')).toBeVisible();
  await awake(page);
  await expect(page.getByLabel('How much')).toHaveValue('60');
  await expect(page.getByRole('link', { name: 'See what it says now' })).toBeVisible();
  await fits(page);
  await accessible(page);
  const there = await Api.own().get<{ flat_points: number }>(`/promotions/${id}`);
  expect(there.flat_points).toBe(70);

  // Sent again, it is meant.
  await page.getByRole('button', { name: 'Save draft' }).click();
  await expect(page.getByText('Draft saved')).toBeVisible();
  const now = await Api.own().get<{ flat_points: number }>(`/promotions/${id}`);
  expect(now.flat_points).toBe(60);
});
