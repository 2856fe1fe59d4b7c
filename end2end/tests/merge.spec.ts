import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

interface Customer {
  id: string;
  email: string;
  points: number;
}

test.describe('merging', () => {
  // What the browser says of a form that comes back because something in it is wrong.
  test.use({ expectedComplaints: [/422/] });

  test('an owner merges the second account of a customer, whose id then leads to the first', async ({ page }) => {
    const [first, second] = [freshEmail(), freshEmail()];
    await Api.own().purchase(2_500, first);
    await Api.own().purchase(1_000, second);
    const stays = await Api.own().post<Customer>('/customers', { email: first, name: 'Nora Vale' });
    const ends = await Api.own().post<Customer>('/customers', { email: second });

    await staffSignsIn(page);
    await page.goto(`/dashboard/customers/${stays.id}`);
    await awake(page);
    await page.getByRole('link', { name: 'Merge', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Merge' })).toBeVisible();
    await fits(page, 320);
    await accessible(page);

    await page.getByLabel(/of the other account$/).fill(second);
    await page.getByRole('button', { name: 'Find account' }).click();
    await page.getByRole('link', { name: `Choose ${second}` }).click();
    await expect(page.getByRole('heading', { name: `Ends: ${second}` })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'What comes along' })).toBeVisible();
    await fits(page, 320);
    await accessible(page);

    // Which of the two goes on is for the owner to choose.
    await page.getByRole('link', { name: `Keep ${second} instead` }).click();
    await expect(page.getByRole('heading', { name: 'Ends: Nora Vale' })).toBeVisible();
    await page.getByRole('link', { name: 'Keep Nora Vale instead' }).click();
    await expect(page.getByRole('heading', { name: 'Goes on: Nora Vale' })).toBeVisible();

    await page.getByLabel('Why').fill('She signed up twice');
    await page.getByLabel('Type merge to confirm').fill('yes');
    await page.getByRole('button', { name: 'Merge into Nora Vale' }).click();
    await expect(page.getByText('Type the word merge. Nothing was merged')).toBeVisible();
    await expect(page.getByLabel('Why')).toHaveValue('She signed up twice');
    await accessible(page);
    await page.getByLabel('Type merge to confirm').fill('merge');
    await page.getByRole('button', { name: 'Merge into Nora Vale' }).click();
    await expect(page.getByText('Merged. There is one customer now')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Nora Vale' })).toBeVisible();
    await expect(page.getByText('Merged with another account').first()).toBeVisible();
    await expect(page.getByText(second).first()).toBeVisible();
    await accessible(page);

    expect(await Api.own().get<Customer>(`/customers/${ends.id}`)).toMatchObject({ id: stays.id, points: 350 });
    await page.goto(`/dashboard/customers/${ends.id}`);
    await awake(page);
    await expect(page).toHaveURL(new RegExp(`/dashboard/customers/${stays.id}$`));
    await expect(page.getByRole('heading', { level: 1, name: 'Nora Vale' })).toBeVisible();
    await page.getByRole('link', { name: 'Merge', exact: true }).click();
    await expect(page.getByText('She signed up twice')).toBeVisible();
    await fits(page, 320);
    await accessible(page);
  });
});
