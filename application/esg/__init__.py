"""What may be ordered about carbon: sites, meters, vehicles, activities, restatements."""
