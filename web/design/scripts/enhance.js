// What forms and links already do, made quicker. Every page works without this file. No inline handler, no framework.
(() => {
  'use strict';
  const root = document.documentElement;
  const say = document.createElement('div');
  say.className = 'visually-hidden';
  say.setAttribute('role', 'status');
  document.body.append(say);

  // Theme: remembered in this browser, never sent. ---------------------------------------------------------------
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  const setIcon = (button, name) => {
    const use = button.querySelector('use');
    if (use) use.setAttribute('href', use.getAttribute('href').replace(/#.*$/, `#${name}`));
  };
  const showTheme = () => document.querySelectorAll('[data-theme-switch]').forEach((button) => setIcon(button, isDark() ? 'sun' : 'moon'));
  const switchTheme = () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('gatehouse-theme', root.dataset.theme); } catch { /* it holds for this page */ }
    showTheme();
  };

  // Copy and save ---------------------------------------------------------------------------------------------------
  const textFor = (button) => button.dataset.copy || button.dataset.text
    || button.closest('.code, .copyable, .secret')?.querySelector('pre, code, span')?.textContent || '';
  const copy = async (button) => {
    const text = textFor(button);
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch {
      // Without a secure context there is no clipboard: select the text, so that the keys copy it.
      const source = button.closest('.code, .copyable, .secret')?.querySelector('pre, code, span');
      if (source) { getSelection().selectAllChildren(source); try { done = document.execCommand('copy'); } catch { done = false; } }
    }
    setIcon(button, done ? 'check' : 'copy');
    say.textContent = done ? 'Copied' : 'Selected; copy it with the keys';
    setTimeout(() => { setIcon(button, 'copy'); say.textContent = ''; }, 1800);
  };
  const save = (button) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([textFor(button)], { type: 'text/plain' }));
    link.download = button.dataset.save;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  // Dialogs: the link behind the button leads to a page with the same form. -----------------------------------------
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!(dialog instanceof HTMLDialogElement)) return false;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector('[autofocus], input:not([type=hidden]), textarea, select')?.focus();
    return true;
  };
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };
  const confirmed = new WeakSet();
  const ask = (form, submitter) => {
    const source = submitter?.dataset.confirm ? submitter : form;
    const dialog = make('dialog', 'dialog');
    const head = make('header');
    const title = make('h2', '', source.dataset.confirm);
    title.id = 'confirm-title';
    dialog.setAttribute('aria-labelledby', title.id);
    head.append(title);
    const body = make('div', 'body');
    body.append(make('p', '', source.dataset.confirmDetail || 'This happens at once.'));
    const foot = make('footer');
    const keep = make('button', 'button', 'Keep it as it is');
    const go = make('button', 'button', submitter?.textContent.trim() || 'Go on');
    keep.type = 'button';
    go.type = 'button';
    go.dataset.kind = source.dataset.tone === 'bad' ? 'destroy' : 'primary';
    if (source.dataset.tone === 'bad') dialog.dataset.tone = 'bad';
    keep.addEventListener('click', () => dialog.close());
    go.addEventListener('click', () => { dialog.close(); confirmed.add(form); form.requestSubmit(submitter ?? undefined); });
    dialog.addEventListener('close', () => { dialog.remove(); submitter?.focus(); });
    foot.append(keep, go);
    dialog.append(head, body, foot);
    document.body.append(dialog);
    dialog.showModal();
    keep.focus();
  };

  // Samples: tabs that are links with ?lang=; here they change without a page. ---------------------------------------
  const showSample = (tab) => {
    const box = tab.closest('[data-samples]');
    if (!box) return false;
    const wanted = tab.dataset.sample;
    box.querySelectorAll('[data-sample]').forEach((other) => {
      if (other.dataset.sample === wanted) other.setAttribute('aria-current', 'page'); else other.removeAttribute('aria-current');
    });
    box.querySelectorAll('[data-panel]').forEach((panel) => { panel.hidden = panel.dataset.panel !== wanted; });
    if (tab.href) history.replaceState(null, '', tab.href);
    return true;
  };

  const openPalette = () => {
    if (open('palette')) return true;
    const field = [...document.querySelectorAll('[role=search] input[type=search]')].find((input) => input.offsetParent);
    field?.focus();
    field?.select();
    return Boolean(field);
  };

  // Toasts: what was done goes away by itself unless somebody is at it; what failed stays until it is put away. -------
  const STAYS = 6000;
  const toasts = () => [...document.querySelectorAll('.toasts .toast')];
  const putAway = (toast) => {
    if (toast.contains(document.activeElement)) document.getElementById('main')?.focus({ preventScroll: true });
    toast.remove();
  };
  const watch = (toast) => {
    if ('watched' in toast.dataset || toast.dataset.tone === 'bad') return;
    toast.dataset.watched = '';
    let timer;
    const begin = () => { clearTimeout(timer); timer = setTimeout(() => putAway(toast), STAYS); };
    const hold = () => clearTimeout(timer);
    toast.addEventListener('pointerenter', hold);
    toast.addEventListener('focusin', hold);
    toast.addEventListener('pointerleave', () => { if (!toast.contains(document.activeElement)) begin(); });
    toast.addEventListener('focusout', begin);
    begin();
  };
  /** Whether something to press lies under the toasts. */
  const covers = (box) => {
    const over = box.getBoundingClientRect();
    return [...document.querySelectorAll('#main :is(a[href], button, input:not([type=hidden]), select, textarea, summary)')].some((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return right > left && left < over.right && right > over.left && top < over.bottom && bottom > over.top;
    });
  };
  /** They stand at the bottom; where that covers something to press, below the lintel. */
  const place = () => {
    const box = document.querySelector('.toasts');
    if (!box || toasts().length === 0) return;
    delete box.dataset.aside;
    if (!covers(box)) return;
    box.dataset.aside = '';
    if (covers(box)) delete box.dataset.aside;
  };
  let placing = 0;
  const placeSoon = () => { cancelAnimationFrame(placing); placing = requestAnimationFrame(place); };
  addEventListener('scroll', placeSoon, { passive: true });
  addEventListener('resize', placeSoon, { passive: true });
  const showToasts = () => { toasts().forEach(watch); placeSoon(); };

  // The inbox by keyboard: only where nothing is typed into. -----------------------------------------------------------
  const typing = (element) => element?.closest?.('input, textarea, select, [contenteditable], dialog');
  const inbox = {
    j: () => step(1),
    k: () => step(-1),
    a: () => document.querySelector('.decide [value=approve]'),
    r: () => document.querySelector('.decide textarea'),
  };
  const step = (by) => {
    const rows = [...document.querySelectorAll('[data-inbox] tbody tr')];
    const at = rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    return rows[at + by]?.querySelector('a.row-link');
  };
  const pressed = (event) => {
    if (!document.querySelector('[data-inbox]') || event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    const found = inbox[event.key]?.();
    if (!found) return;
    event.preventDefault();
    if (found.matches('textarea')) found.focus(); else found.click();
  };

  const acts = {
    themeSwitch: () => { switchTheme(); return true; },
    copy: (element) => { copy(element); return true; },
    save: (element) => { save(element); return true; },
    open: (element) => (element.dataset.open === 'palette' ? openPalette() : open(element.dataset.open)),
    close: (element) => { element.closest('dialog')?.close(); return true; },
    dismiss: (element) => {
      const toast = element.closest('.toast');
      if (toast) putAway(toast); else element.closest('.notice')?.remove();
      return true;
    },
    sample: showSample,
    reveal: (element) => {
      const input = document.getElementById(element.dataset.reveal);
      if (!input) return false;
      const shown = input.type === 'text';
      input.type = shown ? 'password' : 'text';
      element.setAttribute('aria-pressed', String(!shown));
      return true;
    },
  };

  document.addEventListener('click', (event) => {
    if (event.target.matches?.('dialog')) { event.target.close(); return; }
    document.querySelectorAll('details.side-small[open], details.small-menu[open], details.account[open]').forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const element = event.target.closest?.('[data-theme-switch],[data-copy],[data-save],[data-open],[data-close],[data-dismiss],[data-sample],[data-reveal]');
    if (!element || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const name = Object.keys(acts).find((key) => key in element.dataset);
    if (name && acts[name](element)) event.preventDefault();
  });

  document.addEventListener('submit', (event) => {
    const form = event.target;
    const wants = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!wants) return;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    event.stopPropagation();
    ask(form, event.submitter);
  }, true);

  document.addEventListener('change', (event) => {
    const element = event.target;
    if (element.closest?.('[data-send-on-change]')) element.form?.requestSubmit();
    if (element.matches?.('input[type=checkbox][data-all]')) {
      element.closest('table, form')?.querySelectorAll(`input[type=checkbox][name="${CSS.escape(element.dataset.all)}"]`).forEach((box) => { box.checked = element.checked; });
    }
  });

  document.addEventListener('keydown', (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
      if (openPalette()) event.preventDefault();
    } else if (event.key === 'Escape') {
      if (!document.querySelector('dialog[open]')) toasts().at(-1)?.querySelector('[data-dismiss]')?.click();
      document.querySelectorAll('details.side-small[open], details.small-menu[open], details.account[open]').forEach((menu) => {
        menu.open = false;
        menu.querySelector('summary')?.focus();
      });
    } else {
      pressed(event);
    }
  });

  // Times: the server's words, kept current. -----------------------------------------------------------------------
  const ago = (distance) => {
    const seconds = Math.abs(distance) / 1000;
    if (seconds < 45) return distance > 0 ? 'in a moment' : 'just now';
    const [unit, one, many] = [[86400, 'day', 'days'], [3600, 'h', 'h'], [60, 'min', 'min']].find(([unit]) => seconds >= unit) ?? [60, 'min', 'min'];
    const amount = Math.max(1, Math.floor(seconds / unit));
    const words = `${amount} ${amount === 1 ? one : many}`;
    return distance > 0 ? `in ${words}` : `${words} ago`;
  };
  const showTimes = () => document.querySelectorAll('time[data-relative]').forEach((time) => {
    const words = ago(Date.parse(time.dateTime) - Date.now());
    if (time.textContent !== words) time.textContent = words;
  });
  setInterval(showTimes, 15_000);

  /** Long contents are scrolled to the page that is open. */
  const showPlace = () => {
    const link = document.querySelector('.contents [aria-current="page"]');
    const contents = link?.closest('.contents');
    if (!contents || contents.scrollHeight <= contents.clientHeight) return;
    const [place, frame] = [link.getBoundingClientRect(), contents.getBoundingClientRect()];
    if (place.bottom > frame.bottom) contents.scrollTop = place.top - frame.top - contents.clientHeight / 3;
  };

  const arrive = () => {
    showTheme();
    showPlace();
    showTimes();
    document.querySelector('.notice[role=alert][tabindex="-1"]')?.focus();
    showToasts();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);
  arrive();
  document.addEventListener('htmx:load', (event) => { if (event.target !== document.body) { showTheme(); showToasts(); } });
})();
