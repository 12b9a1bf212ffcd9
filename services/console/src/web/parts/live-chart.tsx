import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import type { Flow } from '../api.ts';
import { showTimeOfDay } from './words.ts';

const colours = ['#0f766e', '#2563eb', '#c026d3', '#d97706', '#16a34a', '#dc2626'];
const HEIGHT = 220;

function dataOf(flow: Flow): UPlot.AlignedData {
  const times = flow.history.map((point) => point.atMs / 1000);
  return [times, ...flow.stages.map((stage) => flow.history.map((point) => point.perSecond[stage.topic] ?? 0))];
}

/** The rates of the last minutes, one line a stage. */
export function LiveChart({ flow }: { readonly flow: Flow }) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const scheme = useComputedColorScheme('light');
  const labels = flow.stages.map((stage) => stage.label).join('|');

  useEffect(() => {
    const box = holder.current;
    if (box === null) return;
    const ink = scheme === 'dark' ? '#9fb0ad' : '#51605d';
    const axis = {
      stroke: ink,
      grid: { stroke: scheme === 'dark' ? '#26302e' : '#e8eeec', width: 1 },
      ticks: { show: false },
    };
    const plot = new UPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.1)] } },
        legend: { live: false },
        axes: [
          { ...axis, space: 90, values: (_plot, seconds) => seconds.map((second) => showTimeOfDay(second * 1000)) },
          { ...axis, size: 44 },
        ],
        series: [
          {},
          ...labels
            .split('|')
            .map((label, at) => ({ label, stroke: colours[at % colours.length] ?? '#000', width: 2 })),
        ],
      },
      [[], ...labels.split('|').map(() => [])],
      box,
    );
    chart.current = plot;
    const resize = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    resize.observe(box);
    return () => {
      resize.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [labels, scheme]);

  // A chart that was made anew (other colours, other stages) needs its data, too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: scheme and labels say that the chart is a new one
  useEffect(() => chart.current?.setData(dataOf(flow)), [flow, scheme, labels]);

  return <div ref={holder} role="img" aria-label="Records a second per stage over the last minutes" />;
}
