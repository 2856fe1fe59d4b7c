import type { Page } from '@playwright/test';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { isSigned, Receiver } from '../support/receiver.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

/** The secret that the page shows this once. */
async function secretOn(page: Page): Promise<string> {
  const shown = page.getByRole('status', { name: 'The secret' });
  await expect(shown).toContainText('It is shown this once');
  return /whsec_[A-Za-z0-9+/=]+/.exec(await shown.innerText())?.[0] ?? '';
}

/** Opens the form of a new endpoint, which is behind its button once there are some. */
async function unfolded(page: Page): Promise<void> {
  const button = page.locator('summary', { hasText: 'New endpoint' });
  if (await button.isVisible()) await button.click();
  await expect(page.getByLabel('Address')).toBeVisible();
}

test('an endpoint is entered, tested, heard of, rotated and switched off', async ({ page }) => {
  test.slow();
  const receiver = await Receiver.open();
  try {
    await staffSignsIn(page);
    await page.goto('/dashboard/webhooks');
    await awake(page);
    await unfolded(page);
    await page.getByLabel('Address').fill(receiver.url);
    await page.getByRole('checkbox', { name: /^points\.credited/ }).check();
    await page.getByRole('button', { name: 'Add endpoint' }).click();
    const secret = await secretOn(page);
    expect(secret).not.toBe('');
    await fits(page, 320);
    await accessible(page);
    await page.goto('/dashboard/webhooks');
    await expect(page.getByRole('link', { name: receiver.url })).toBeVisible();
    expect(await page.content()).not.toContain(secret);

    // A test event goes out, signed, and stands in the log.
    await page.getByRole('link', { name: receiver.url }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText(receiver.url);
    await awake(page);
    const endpoint = page.url();
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await expect(page.getByText('The test event is on its way')).toBeVisible();
    await expect.poll(() => receiver.of('endpoint.test').length).toBe(1);
    expect(receiver.got.every((delivery) => isSigned(delivery, secret))).toBe(true);
    const log = page.getByRole('table', { name: /Deliveries/ });
    await expect(async () => {
      await page.goto(endpoint);
      await expect(log.getByRole('row').filter({ hasText: 'endpoint.test' })).toContainText('Delivered', { timeout: 500 });
    }).toPass();

    // A receiver that fails is tried again by itself, and again by hand: the same id, whatever became of it.
    receiver.status = 503;
    await Api.own().purchase(1_000, freshEmail());
    await expect.poll(() => receiver.of('points.credited').length).toBeGreaterThan(0);
    // Other tests buy something, too: newer ones may wait behind the one that is tried again.
    const failed = log.getByRole('row').filter({ hasText: 'points.credited' }).filter({ hasText: 'Trying again' }).first();
    await expect(async () => {
      await page.goto(endpoint);
      await expect(failed).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(page.getByText('Failing', { exact: true }).first()).toBeVisible();
    await fits(page, 320);
    await accessible(page);
    receiver.status = 204;
    await failed.getByRole('link', { name: 'points.credited' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('points.credited');
    await expect(page.getByText('503').first()).toBeVisible();
    await awake(page);
    await fits(page, 320);
    await accessible(page);
    await page.getByRole('button', { name: 'Send again' }).click();
    await expect(page.getByText('On its way')).toBeVisible();
    const id = await page.locator('dt', { hasText: 'webhook-id' }).locator('+ dd').innerText();
    const sent = () => receiver.got.filter((one) => one.headers['webhook-id'] === id);
    await expect.poll(() => sent().length).toBeGreaterThan(1);
    expect(new Set(sent().map((one) => one.body)).size).toBe(1);
    const delivery = page.url().split('?')[0] ?? '';
    await expect(async () => {
      await page.goto(delivery);
      await expect(page.getByText('204').first()).toBeVisible({ timeout: 500 });
    }).toPass();

    // Another secret: both sign for a day.
    await page.goto(endpoint);
    await awake(page);
    await page.locator('summary', { hasText: 'New secret' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const fresh = await secretOn(page);
    expect(fresh).not.toBe(secret);
    await page.goto(endpoint);
    await awake(page);
    await expect(page.getByText('Old secret signs until')).toBeVisible();
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await expect.poll(() => receiver.of('endpoint.test').length).toBe(2);
    const last = receiver.of('endpoint.test')[1];
    expect(last && isSigned(last, secret) && isSigned(last, fresh)).toBe(true);

    // Switched off, it hears nothing.
    await awake(page);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await expect(page.getByText('Switched off. Nothing is sent to it', { exact: true })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Send a test event' })).toHaveCount(0);
    await accessible(page);
    await awake(page);
    await page.locator('summary', { hasText: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the endpoint' }).click();
    await expect(page).toHaveURL(/\/dashboard\/webhooks\?/);
    await expect(page.getByRole('link', { name: receiver.url })).toHaveCount(0);
  } finally {
    await receiver.close();
  }
});

test.describe('an address that is none', () => {
  test.use({ expectedComplaints: [/status of 422/] });

  test('is refused, and stays to be mended', async ({ page }) => {
    await staffSignsIn(page);
    await page.goto('/dashboard/webhooks');
    await awake(page);
    await unfolded(page);
    await page.getByLabel('Address').fill('https://user:secret@shop.example/hooks');
    await page.getByRole('button', { name: 'Add endpoint' }).click();
    await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Address')).toHaveValue('https://user:secret@shop.example/hooks');
    await accessible(page);
  });
});
