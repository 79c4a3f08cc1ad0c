import { FIGURE_CSS, themeCss } from "./svg.ts";

/** The page around the figures: calm, flat, one column, readable on paper. */
export const REPORT_CSS =
  themeCss(":root") +
  FIGURE_CSS +
  `*{box-sizing:border-box}
:root{color-scheme:light dark}
body{margin:0;background:var(--bg);color:var(--ink);font:13px/1.5 var(--sans)}
main{max-width:1060px;margin:0 auto;padding:24px 20px 60px}
header{margin-bottom:14px}.brand{margin:0;color:var(--mute);font-weight:600}.brand i{font-style:normal;color:var(--measured)}
h1{font-size:22px;line-height:1.25;margin:2px 0 8px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:14px;font-weight:600;margin:0 0 10px;overflow-wrap:anywhere}h2 small{font:12px var(--mono);color:var(--mute);margin-left:6px}
section{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:14px 16px;margin:0 0 12px}
.badges{display:flex;flex-wrap:wrap;gap:8px;margin:0}.badge{border:1px solid currentColor;border-radius:999px;padding:2px 10px;font-weight:600;font-size:12px}
.badge.ok{color:var(--ok)}.badge.warn{color:var(--warn)}.badge.stop{color:var(--stop)}.badge.plain{color:var(--mute);font-weight:400}
.badge.measured{color:var(--measured)}.badge.emulated{color:var(--emulated);border-style:dashed}
.notes{white-space:pre-wrap;margin:10px 0 0;overflow-wrap:anywhere}
aside{border:1px solid var(--warn);border-left-width:4px;border-radius:8px;background:var(--panel);padding:8px 14px;margin:0 0 12px;color:var(--warn)}aside ul{margin:0;padding-left:16px}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:12px;margin-bottom:12px}.facts section{margin:0}
dl{display:grid;gap:3px;margin:0;max-width:520px}dl div{display:flex;align-items:baseline;justify-content:space-between;gap:16px}dt{color:var(--mute)}dd{margin:0;font:12px var(--mono);text-align:right;overflow-wrap:anywhere}
.figures{display:flex;flex-wrap:wrap;gap:18px 26px;margin-bottom:12px}figure{margin:0;max-width:100%;break-inside:avoid}.figures dl{min-width:280px;align-self:center}
.fig{display:block;max-width:100%;height:auto}
figcaption{color:var(--mute);font-size:12px;margin-top:6px;max-width:480px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:12px;width:100%}caption{text-align:left;color:var(--mute);padding:0 0 5px;caption-side:top}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}th{font-weight:500;color:var(--mute)}td{font-family:var(--mono)}
table.words td,table.words th{text-align:left;white-space:normal;vertical-align:top;overflow-wrap:anywhere}table.words td:first-child{padding-left:0;white-space:nowrap}thead th{border-bottom-color:var(--axis)}th:first-child{text-align:left;padding-left:0;color:var(--ink)}
.note{color:var(--mute);margin:0 0 8px;overflow-wrap:anywhere}details{margin-top:10px}summary{cursor:pointer;color:var(--mute)}
pre{font:12px/1.5 var(--mono);margin:0 0 8px;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
@media print{body{background:none;font-size:10.5px}dd,pre,figcaption{font-size:10px}main{max-width:none;padding:0}section{border:0;padding:0;margin:0 0 18px}h2{break-after:avoid}table{font-size:10px}.scroll{overflow:visible}th,td{padding:3px 6px}}
`;
