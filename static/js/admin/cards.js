// On a phone each row of a wide table is a card (style.css), in which every cell says what it is.

/** Gives the cells the heads of their columns, to stand beside them there. @param {HTMLTableElement} table */
export function labelCells(table) {
  const heads = [...table.tHead.rows[0].cells].map(({ textContent }) => textContent);
  for (const { cells } of table.tBodies[0].rows) heads.forEach((head, i) => { cells[i].dataset.label = head; });
}
