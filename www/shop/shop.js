// The demo shop's own behaviour: goods, basket, accounts. Of analytics it knows what any
// site does: the calls in each page's head, and one more when something goes in the basket.
import { ACCOUNTS, GOODS } from './catalogue.js';

const USER = 'shop_user';
const BASKET = 'shop_basket';
const LOOK_AGAIN_MS = 500;
const part = (id) => document.getElementById(id);
const price = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

// ---- what the shop remembers, for this tab ----

function read(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Where storage is blocked the shop forgets between pages.
  }
}

// ---- goods ----

function picture({ picture: symbol, tint }) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 120 120');
  svg.setAttribute('class', `tint-${tint}`);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(svg.namespaceURI, 'use');
  use.setAttribute('href', `/goods.svg#${symbol}`);
  svg.append(use);
  return svg;
}

function showGoods() {
  for (const item of GOODS) {
    const link = document.createElement('a');
    link.href = `/product.html?item=${item.sku}`;
    const name = document.createElement('span');
    name.textContent = item.name;
    const cost = document.createElement('span');
    cost.className = 'price';
    cost.textContent = price.format(item.price);
    link.append(picture(item), name, cost);
    const entry = document.createElement('li');
    entry.append(link);
    part('goods').append(entry);
  }
}

function showProduct() {
  const sku = new URLSearchParams(location.search).get('item');
  const item = GOODS.find((one) => one.sku === sku) ?? GOODS[0];
  document.title = `${item.name} · Thimble & Twine`;
  part('picture').append(picture(item));
  part('name').textContent = item.name;
  part('price').textContent = price.format(item.price);
  part('about').textContent = item.about;
  part('buy').addEventListener('submit', (event) => {
    event.preventDefault();
    addToBasket(item, part('quantity').valueAsNumber);
  });
}

function addToBasket(item, quantity) {
  write(BASKET, read(BASKET, 0) + quantity);
  part('added').textContent = `${quantity} × ${item.name} in your basket.`;
  showVisitor();
  const properties = { sku: item.sku, name: item.name, price: item.price, currency: 'EUR', quantity };
  called(`posthog.capture('add_to_basket', ${JSON.stringify(properties)})`);
  window.posthog?.capture('add_to_basket', properties);
}

// ---- accounts ----

function showAccount() {
  for (const button of document.querySelectorAll('[data-login]')) {
    button.addEventListener('click', () => logIn(ACCOUNTS[button.dataset.login]));
  }
  part('logout').addEventListener('click', logOut);
  drawAccount();
}

function drawAccount() {
  const user = read(USER, null);
  part('signed-out').hidden = user !== null;
  part('signed-in').hidden = user === null;
  if (user === null) return;
  part('who').textContent = user.id;
  part('email').textContent = user.email;
  part('plan').textContent = user.plan;
  for (const button of part('signed-in').querySelectorAll('[data-login]')) button.hidden = button.dataset.login === user.id;
}

function logIn(user) {
  write(USER, user);
  called(`onLoginSuccess(${JSON.stringify(user)})`);
  window.onLoginSuccess(user);
  drawAccount();
  showVisitor();
}

function logOut() {
  write(USER, null);
  called('onLogout()');
  window.onLogout();
  drawAccount();
  showVisitor();
}

// ---- what every page shows ----

/** Lists a call among those this page has made. */
function called(code) {
  const entry = document.createElement('li');
  const text = document.createElement('code');
  text.textContent = code;
  entry.append(text);
  part('calls').prepend(entry);
}

function showVisitor() {
  part('basket-count').textContent = String(read(BASKET, 0));
  part('account-name').textContent = read(USER, null)?.id ?? 'Account';
  const id = window.posthog?.get_distinct_id?.() ?? 'not known: /dist/backstitch.js did not load';
  if (part('distinct-id').textContent !== id) part('distinct-id').textContent = id;
}

const { page } = document.body.dataset;
if (page === 'index') showGoods();
if (page === 'product') showProduct();
if (page === 'account') showAccount();
called(`posthog.capture('pageview', ${JSON.stringify({ page })})`);
showVisitor();
// Another tab, or the console, may sign in or out too.
setInterval(showVisitor, LOOK_AGAIN_MS);
