package main

import "testing"

func TestMedian(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 2, 100}, 3},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v: got %v, want %v", test.values, got, test.want)
		}
	}
}

func TestParsePeak(t *testing.T) {
	t.Parallel()

	got, err := parsePeak("Name:\tprovider\nVmPeak:\t  900000 kB\nVmHWM:\t   51200 kB\nVmRSS:\t   40000 kB\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := 50.0; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := parsePeak("Name:\tprovider\n"); err == nil {
		t.Error("no VmHWM: got no error")
	}
}
