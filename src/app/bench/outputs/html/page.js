// Read-outs under the pointer. The page says everything without them: each column of a chart has its title.
(() => {
  for (const group of document.querySelectorAll('[data-group]')) {
    const read = group.querySelector('.read');
    const columns = [...group.querySelectorAll('.hover rect')];
    if (!read || !columns.length) continue;
    const rest = read.textContent;
    let lit = [];
    const show = (at) => {
      for (const column of lit) column.classList.remove('at');
      lit = at === null ? [] : columns.filter((column) => column.dataset.i === at);
      for (const column of lit) column.classList.add('at');
      const says = lit.map((column) => column.textContent).filter(Boolean);
      read.textContent = says.length ? says.join(' · ') : rest;
    };
    group.addEventListener('pointermove', (event) => {
      const column = event.target.closest && event.target.closest('.hover rect');
      show(column ? column.dataset.i : null);
    });
    group.addEventListener('pointerleave', () => show(null));
  }
  document.documentElement.dataset.live = 'yes';
})();
