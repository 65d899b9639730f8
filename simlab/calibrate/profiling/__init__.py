"""What a log looks like before anything is fitted: arrivals, times, flow, states, and what it cannot tell."""
