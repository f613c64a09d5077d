// SPDX-License-Identifier: Apache-2.0
// browser.js PUBLICATION ARTEFACTS
'use strict';
const fs = require('fs');
const path = require('path');
const {chromium} = require('playwright-core');

const [folder, artefacts] = process.argv.slice(2);
const faults = [];
const check = (what, ok, detail) => { if (!ok) faults.push(`${what}: ${detail === undefined ? '' : JSON.stringify(detail)}`); };
const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function csv(name) {
  const [head, ...rows] = fs.readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n').map((line) => {
    const cells = [];
    line.replace(/("(?:[^"]|"")*"|[^,]*)(,|$)/g, (_, cell, end) => {
      if (end === ',' || cells.ended !== true) cells.push(cell.startsWith('"') ? cell.slice(1, -1).replace(/""/g, '"') : cell);
      if (end === '') cells.ended = true;
      return '';
    });
    return cells;
  });
  return rows.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]])));
}

async function open(browser, file, width) {
  const context = await browser.newContext({offline: true, locale: 'fr-FR', viewport: {width, height: 900}});
  const page = await context.newPage();
  page.on('console', (m) => check(`console at ${width}`, !['error', 'warning'].includes(m.type()), m.text()));
  page.on('pageerror', (e) => check(`script at ${width}`, false, e.message));
  page.on('request', (r) => check('request', /^(file|data):/.test(r.url()), r.url()));
  await page.goto(`file://${path.join(folder, file)}`);
  return page;
}

async function fits(page, what, width) {
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
  check(`${what} wider than the screen`, scroll <= width, {scroll, width});
}

// Every text stands out from what it stands on: 4.5 to 1, 3 to 1 when large. Text on the map is measured against its tile.
async function weakTexts(page) {
  return page.evaluate(() => {
    const rgb = (c) => (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((m, n) => n - m); return (x + 0.05) / (y + 0.05); };
    const behind = (e) => {
      for (let at = e; at; at = at.parentElement) {
        const c = rgb(getComputedStyle(at).backgroundColor);
        if (c.length < 4 || c[3] > 0) return c;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || ['SCRIPT', 'STYLE', 'TITLE', 'title', 'OPTION'].includes(e.tagName)) continue;
      const style = getComputedStyle(e), drawn = e.namespaceURI.endsWith('svg');
      const tile = drawn && e.parentElement.querySelector(':scope > rect');
      const back = tile ? rgb(getComputedStyle(tile).fill) : behind(e);
      const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const r = ratio(rgb(drawn ? style.fill : style.color), back);
      if (r < (large ? 3 : 4.5)) found.add(`${e.tagName}.${e.className.baseVal || e.className} ${r.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 30)}`);
    }
    return [...found].slice(0, 5);
  });
}

async function contrast(page, what) {
  const weak = await weakTexts(page);
  check(`${what}: contrast`, weak.length === 0, weak);
}

// What has the focus shows it.
async function focus(page, what) {
  const seen = await page.evaluate(() => {
    const s = getComputedStyle(document.activeElement);
    return {style: s.outlineStyle, width: parseFloat(s.outlineWidth), colour: s.outlineColor};
  });
  check(`${what}: focus seen`, seen.style === 'solid' && seen.width >= 2 && seen.colour === 'rgb(31, 78, 156)', seen);
}

async function report(browser) {
  for (const width of [1280, 390]) {
    const page = await open(browser, 'rapport.html', width);
    await fits(page, 'report', width);
    await contrast(page, `report at ${width}`);
    await page.screenshot({path: path.join(artefacts, `rapport-${width}.png`), fullPage: true});
    await page.context().close();
  }
  const page = await open(browser, 'rapport.html', 1280);
  await page.evaluate(() => { document.querySelector('h1').style.color = '#999'; });
  check('the measure of contrast measures', (await weakTexts(page)).length === 1, await weakTexts(page));
  await page.reload();
  const findings = csv('tables/findings.csv');
  const visible = () => page.locator('#findings tbody tr:visible').count();
  check('all findings at first', await visible() === findings.length, {seen: await visible(), expected: findings.length});
  await page.fill('#search', 'financeurs');
  const searched = findings.filter((f) => /financeurs/i.test(f.label)).length;
  check('search', await visible() === searched && searched > 0, {seen: await visible(), searched});
  await page.fill('#search', 'DONNÉES ABSENTES DE TOUTE RÈGLE');
  check('search for nothing', await visible() === 0, await visible());
  await page.fill('#search', '');
  await page.selectOption('#severity', 'fatal');
  const fatal = findings.filter((f) => f.severity === 'fatal').length;
  check('filter', await visible() === fatal, {seen: await visible(), fatal});
  check('count said', (await page.textContent('#shown')).startsWith(`${fatal} / `), await page.textContent('#shown'));
  await page.selectOption('#severity', '');

  // Keyboard: the first stop leads to the figures, the search field can be reached and typed into, details open with Enter.
  await page.reload();
  await page.keyboard.press('Tab');
  check('first stop', await page.evaluate(() => document.activeElement.getAttribute('href')) === '#key');
  let reached = false, opened = false;
  for (let i = 0; i < 80 && !(reached && opened); i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => ({tag: document.activeElement.tagName, id: document.activeElement.id}));
    if (at.tag === 'SUMMARY' && !opened) {
      await page.keyboard.press('Enter');
      opened = await page.evaluate(() => document.activeElement.parentElement.open);
    }
    await focus(page, at.tag + at.id);
    if (at.id === 'search') {
      reached = true;
      await page.keyboard.type('A01');
      check('typed search', await visible() === findings.filter((f) => f.rule.startsWith('A01') || /A01/i.test(f.label)).length, await visible());
    }
  }
  check('search reached by keyboard', reached);
  check('details opened by keyboard', opened);

  // Printing: what is folded opens, then folds again; on a page of A4 no table is wider than the paper.
  await page.reload();
  const folded = () => page.locator('details:not([open])').count();
  const before = await folded();
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  check('opened for print', before > 0 && await folded() === 0, await folded());
  await page.emulateMedia({media: 'print'});
  await page.setViewportSize({width: 703, height: 1000}); // 186 mm at 96 points an inch
  const cut = await page.evaluate(() => [...document.querySelectorAll('.wrap')].filter((w) => w.scrollWidth > w.clientWidth + 1)
    .map((w) => w.textContent.trim().slice(0, 40)));
  check('tables wider than the paper', cut.length === 0, cut);
  await page.emulateMedia({media: 'screen'});
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  check('folded after print', await folded() === before, await folded());
  await page.setViewportSize({width: 1280, height: 900});

  // Numbers on the page are those of the tables.
  const nation = Object.fromEntries(csv('tables/figures-nation.csv').map((f) => [f.figure, f]));
  for (const card of await page.locator('[data-figure]').all()) {
    const f = nation[await card.getAttribute('data-figure')];
    const shown = Number((await card.textContent()).replace(/[^0-9,-]/g, '').replace(',', '.'));
    const exact = Number(f.estimated || f.observed) * (f.unit === 'share' ? 100 : 1);
    check(`figure ${f.figure}`, Math.abs(shown - exact) <= 5, {shown, exact});
  }
  // Accessible names: every figure drawn has a title, every table cell of a header row a scope, every control a label.
  check('drawings named', await page.evaluate(() => [...document.querySelectorAll('svg[role=img]')].every((s) => s.querySelector('title'))));
  check('headers scoped', await page.evaluate(() => [...document.querySelectorAll('th')].every((t) => t.scope)));
  check('controls labelled', await page.evaluate(() => [...document.querySelectorAll('input,select')].every((c) => c.labels.length)));
  check('one main heading', await page.locator('h1').count() === 1);
  await page.context().close();
}

async function feedback(browser) {
  const index = csv('retours/index.csv');
  for (const verdict of ['', '0', '1', '2', '3']) {
    const row = index.find((r) => r.verdict === verdict);
    if (!row) continue;
    for (const width of [1000, 390]) {
      const page = await open(browser, `retours/${row.page}`, width);
      await fits(page, `feedback ${row.unit}`, width);
      await contrast(page, `feedback ${row.unit}`);
      await page.screenshot({path: path.join(artefacts, `retour-verdict-${verdict || 'aucun'}-${width}.png`), fullPage: true});
      await page.context().close();
    }
  }
  const kit = await open(browser, 'kit/index.html', 390);
  await fits(kit, 'kit', 390);
  await contrast(kit, 'kit');
  await kit.screenshot({path: path.join(artefacts, 'kit-390.png'), fullPage: true});
  await kit.context().close();
}

// The policy must be able to refuse: a script that is not ours does not run.
async function policy(browser) {
  const context = await browser.newContext({offline: true});
  const page = await context.newPage();
  const own = fs.readFileSync(path.join(folder, 'rapport.html'), 'utf8');
  const file = path.join(artefacts, 'intruder.html');
  fs.writeFileSync(file, own.replace('<main>', '<main><script>document.title = "intruder"</script><img src="http://example.invalid/x.png">'));
  await page.goto(`file://${file}`);
  check('policy', await page.title() !== 'intruder', await page.title());
  fs.unlinkSync(file);
  await context.close();
}

(async () => {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, chromiumSandbox: false, args});
  await report(browser);
  await feedback(browser);
  await policy(browser);
  await browser.close();
  faults.forEach((f) => console.log(f));
  console.log(`${faults.length} faults`);
  process.exitCode = faults.length ? 1 : 0;
})();
