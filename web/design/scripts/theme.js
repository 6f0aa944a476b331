// Before the first paint: the theme that was chosen here. Loaded in the head without defer, so that a page does not flash.
try {
  const chosen = localStorage.getItem('gatehouse-theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch { /* storage is off: the system's theme holds */ }
document.documentElement.dataset.script = 'on';
