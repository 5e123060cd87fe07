package main

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-analyze/charts"

	"github.com/proctorbook/proctorbook/scheduling"
)

// figures are the numbers of a chart, which the page shows as a table, too.
type figures struct {
	Name, Title string
	Labels      []string
	Values      []float64
	Lying       bool // the bars lie, since their labels are long
}

// Any reports whether there is something to see.
func (f figures) Any() bool { return slices.Max(f.Values) > 0 }

// chartDays is how far back the chart of bookings goes.
const chartDays = 14

// allFigures counts the bookings in one pass: by day, by what became of them, and by
// how long before the exam they were made.
func (p *portal) allFigures(v *visit) ([]figures, error) {
	perDay, days := figures{Name: "per-day", Title: "Bookings a day"}, map[scheduling.Date]int{}
	for i := range chartDays {
		day := scheduling.DateOf(v.Now, v.zone).AddDays(i - chartDays + 1)
		days[day], perDay.Labels = i, append(perDay.Labels, day.Start(v.zone).Format("02"))
	}
	outcomes := figures{Name: "outcomes", Title: "What became of them", Lying: true}
	for _, s := range stateOrder {
		outcomes.Labels = append(outcomes.Labels, v.State(s))
	}
	ahead := figures{Name: "ahead", Title: "Days from booking to exam", Labels: []string{"0", "1", "2–3", "4–7", "8–14", "15+"}}
	bounds := []float64{1, 2, 4, 8, 15, math.Inf(1)}
	perDay.Values, outcomes.Values, ahead.Values = make([]float64, chartDays), make([]float64, len(stateOrder)), make([]float64, len(bounds))
	for b, err := range readable(p.store.List(v.ctx(), scheduling.Filter{})) {
		if err != nil {
			return nil, err
		}
		if i, recent := days[scheduling.DateOf(b.CreatedAt, v.zone)]; recent {
			perDay.Values[i]++
		}
		if i := slices.Index(stateOrder, b.State); i >= 0 {
			outcomes.Values[i]++
		}
		if start := startOf(b); !start.IsZero() {
			early := start.Sub(b.CreatedAt).Hours() / 24
			ahead.Values[slices.IndexFunc(bounds, func(days float64) bool { return early < days })]++
		}
	}
	return []figures{perDay, outcomes, ahead}, nil
}

// chartsPage shows the charts, and their numbers for those who can't see them.
func (p *portal) chartsPage(v *visit, all []figures) error {
	return v.show(http.StatusOK, "charts", "Charts", all)
}

// chart is one of them as a picture.
func (p *portal) chart(v *visit, all []figures) error {
	name, dark := strings.CutSuffix(strings.TrimSuffix(v.r.PathValue("chart"), ".svg"), "-dark")
	for _, f := range all {
		if f.Name == name {
			return v.draw(f, dark)
		}
	}
	return errNoPage
}

const (
	chartWidth  = 640
	chartHeight = 260
)

// draw answers with a bar chart. The picture has a policy of its own: it may carry
// styles, and load nothing.
func (v *visit) draw(f figures, dark bool) error {
	paper, ink, bar := charts.Color{R: 255, G: 255, B: 255, A: 255}, charts.Color{R: 60, G: 66, B: 80, A: 255}, charts.Color{R: 29, G: 91, B: 191, A: 255}
	if dark {
		paper, ink, bar = charts.Color{R: 27, G: 31, B: 40, A: 255}, charts.Color{R: 200, G: 205, B: 216, A: 255}, charts.Color{R: 126, G: 176, B: 255, A: 255}
	}
	theme := charts.GetTheme(charts.ThemeLight).WithBackgroundColor(paper).WithTextColor(ink).WithSeriesColors([]charts.Color{bar}).WithAxisSplitLineColor(ink.WithAlpha(40))
	opt := charts.NewBarChartOptionWithData([][]float64{f.Values})
	opt.Theme = theme
	opt.CategoryAxis.Labels = f.Labels
	opt.SeriesList[0].Label.Show = charts.Ptr(true)
	opt.SeriesList[0].Label.ValueFormatter = whole
	opt.ValueFormatter = whole
	opt.Horizontal = f.Lying
	opt.CategoryAxis.LabelCount = len(f.Labels)
	opt.ValueAxis[0].Min, opt.ValueAxis[0].Unit = charts.Ptr(0.0), 1
	if most := slices.Max(f.Values); most <= 6 {
		opt.ValueAxis[0].Max, opt.ValueAxis[0].LabelCount = charts.Ptr(6.0), 7 // so that the steps are whole
	}
	painter := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: chartHeight, Theme: theme})
	if err := painter.BarChart(opt); err != nil {
		return fmt.Errorf("draw the chart: %w", err)
	}
	picture, err := painter.Bytes()
	if err != nil {
		return fmt.Errorf("draw the chart: %w", err)
	}
	v.w.Header().Set("Content-Type", "image/svg+xml")
	v.w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	_, err = v.w.Write(picture)
	return err
}

func whole(value float64) string { return strconv.FormatFloat(value, 'f', 0, 64) }
