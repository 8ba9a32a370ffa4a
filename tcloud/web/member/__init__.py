"""Pages of companies: joining, the member centre, the self-assessment, points, orders."""
